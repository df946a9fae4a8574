#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <coffer/pipe/pipe_routines.hpp>

#include "cli/session.hpp"

namespace coffer::cli {

/// A verb's words in --help.
struct VerbText {
  std::string name;
  std::string summary;   ///< One line, in the list of verbs.
  std::string examples;  ///< Lines of "  coffer ...    what it does".
  std::string notes;     ///< Further paragraphs; may be empty.
};

/// The command line: the options of every verb, the verbs, and which of them was chosen.
class Program {
 public:
  /// `routines` are the C++ pipes that pipeline files can name.
  explicit Program(PipeRoutines routines);

  /// A new verb. `run` is called when the command line names it; it returns the exit code, or throws Error.
  CLI::App& add_verb(const VerbText& text, std::function<int(const Call&)> run);
  /// A verb that does nothing itself but has verbs of its own.
  CLI::App& add_group(const VerbText& text);
  CLI::App& add_verb(CLI::App& group, const VerbText& text, std::function<int(const Call&)> run);

  /// Parses and runs. Everything that goes wrong is said here, once. Returns the exit code.
  int run(int argc, const char* const* argv);

 private:
  CLI::App& add_words(CLI::App& parent, const VerbText& text);
  int parse(int argc, const char* const* argv);
  int run_chosen();
  void print_help(const std::vector<std::string>& topic);
  int usage_error(const std::string& message);
  int report(const Error& error);

  CLI::App app_;
  const PipeRoutines routines_;
  GlobalOptions options_;
  std::string name_ = "coffer";
  std::function<int(const Call&)> chosen_;
  Interrupts interrupts_;
  Console console_{interrupts_.descriptor()};
};

// One for each file of verbs.
void add_put(Program& program);
void add_get_and_cat(Program& program);
void add_cp(Program& program);
void add_ls(Program& program);
void add_stat(Program& program);
void add_rm(Program& program);
void add_verify(Program& program);
void add_gc(Program& program);
void add_doctor(Program& program);
void add_check(Program& program);
void add_run(Program& program);
void add_runs(Program& program);
void add_exec(Program& program);
void add_kajson(Program& program);
void add_memory(Program& program);

}  // namespace coffer::cli
