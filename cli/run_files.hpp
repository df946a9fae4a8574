#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <coffer/base/text_parts.hpp>
#include <coffer/pipe/run_recording.hpp>
#include <coffer/stream/byte_sink.hpp>

#include "cli/file_target.hpp"

namespace coffer::cli {

/// Where `run` and `exec` leave what tells of a run, as typed; empty where it is not asked for.
struct RunFileNames {
  std::string timeline;
  std::string trace;
  std::string metrics;
};

/// --timeline, --trace and --metrics. `names` outlives the verb.
void add_run_file_options(CLI::App& verb, RunFileNames& names);

/// The files that tell of a run: each appears whole at its end, also where it failed, or not at all.
class RunFiles {
 public:
  /// Throws Error where one cannot be such a file.
  explicit RunFiles(const RunFileNames& names);

  /// Throws Error where a file of another option is one of these.
  void check_apart(const FileTarget& target, const std::string& option) const;
  /// Throws Error where one of these is a file that is read as `what`: it would be written over.
  void check_apart(const std::filesystem::path& read, const std::string& what) const;
  bool any() const noexcept { return !files_.empty(); }
  /// Makes room for them: throws Error where one cannot be written. Before the run.
  Task<> co_open(Session& session);
  /// After the run. Says where they are.
  Task<> co_write(Session& session, const RunRecording& recording);

 private:
  /// The text of a file.
  using Tell = TextParts (*)(Session& session, const RunRecording& recording);
  struct File {
    std::string option;
    FileTarget target;
    Tell tell = nullptr;
    SinkPtr sink;
  };
  void add(const std::string& option, const std::string& name, const std::string& default_name, Tell tell);

  std::vector<File> files_;
};

}  // namespace coffer::cli
