#include "cli/program.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <utility>

#include <CLI/Config.hpp>
#include <CLI/Error.hpp>
#include <CLI/Formatter.hpp>
#include <coffer/base/version.hpp>

#include "cli/exit_code.hpp"
#include "cli/text.hpp"
#include "cli/usage_hints.hpp"

namespace coffer::cli {
namespace {

constexpr const char* description =
    "Keeps what the pipes of a workflow hand each other in storage: streamed, under one memory budget,\n"
    "all of an object or nothing.";

constexpr const char* footer =
    R"(An object is named by its URI (file:///data/store/a/b.mp4) or by its key in the store (a/b.mp4).
A FILE is a path; - is standard input or output.

Examples:
  coffer put video.mp4                     store a file; prints its URI
  ffmpeg ... -f matroska - | coffer put - --key talks/one.mkv
  coffer ls -l talks/                      what is there
  coffer cat talks/one.mkv | ffplay -      stream it back
  coffer help put                          more on a verb

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 130 interrupted.)";

const char* const verb_footer = "Options of every verb (--store, --budget, --json, -q ...): coffer --help";

bool asks_for_json(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--") == 0) return false;
    if (std::strcmp(argv[i], "--json") == 0) return true;
  }
  return false;
}

// In front of an argument that CLI11 would take apart. An argument that begins with it gets another one.
constexpr char as_it_is = '\x01';

/// CLI11 takes "[a,b]" for a and b where an option may have several values: then `rm` would remove other objects than
/// the one that was named, and a filter of ffmpeg would lose its brackets.
std::string protected_argument(std::string argument) {
  const bool is_list = argument.starts_with('[') && argument.ends_with(']');
  return is_list || argument.starts_with(as_it_is) ? as_it_is + argument : argument;
}

std::string typed_argument(std::string argument) {
  if (argument.starts_with(as_it_is)) argument.erase(0, 1);
  return argument;
}

/// What the values of all options were before they were protected.
void restore_arguments(CLI::App& app) {
  const auto all = [](const auto*) { return true; };
  for (CLI::Option* option : app.get_options(all)) option->transform(typed_argument);
  for (CLI::App* verb : app.get_subcommands(all)) restore_arguments(*verb);
}

/// The name of an option, of every verb or of the one chosen, whose value is the empty text; empty where there is none.
std::string empty_option(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    if (!option->nonpositional() || option->count() == 0) continue;
    const std::vector<std::string>& values = option->results();
    if (std::ranges::find(values, std::string()) != values.end()) return option->get_name();
  }
  for (const CLI::App* verb : app.get_subcommands()) {
    if (std::string empty = empty_option(*verb); !empty.empty()) return empty;
  }
  return "";
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

Program::Program(PipeRoutines routines) : app_(description, "coffer"), routines_(std::move(routines)) {
  app_.set_help_flag("-h,--help", "Print this and exit");
  app_.set_version_flag("--version", "coffer " + std::string(version()), "Print the version and exit");
  app_.footer(footer);
  app_.require_subcommand(0, 1);
  auto formatter = std::make_shared<CLI::Formatter>();
  formatter->label("REQUIRED", "");
  formatter->label("Positionals", "Arguments");
  formatter->label("SUBCOMMAND", "VERB ...");
  formatter->column_width(28);
  app_.formatter(std::move(formatter));

  app_.add_option("--store", options_.store,
                  "The store: a folder, or a URI (file://, mem://).\n"
                  "Default: $COFFER_STORE, else $XDG_DATA_HOME/coffer/store")
      ->type_name("URI|DIR");
  app_.add_option("--budget", options_.budget, "Memory for all buffers together. Default: 64MiB")->type_name("SIZE");
  app_.add_option("--io-backend", options_.io_backend,
                  "uring or threads.\n"
                  "Default: $COFFER_IO_BACKEND, else io_uring where the kernel allows it")
      ->type_name("NAME");
  app_.add_option("--spill", options_.spill,
                  "Folder for bytes that a store cannot give back before their commit.\n"
                  "Default: the store's own, else the user's cache folder")
      ->type_name("DIR");
  app_.add_flag("--spill-in-memory", options_.spill_in_memory, "Allow --spill in a tmpfs");
  app_.add_option("--cache-dir", options_.cache,
                  "Folder for what is read ahead of distant stores and has no room in memory.\n"
                  "Default: $COFFER_CACHE_DIR, else none")
      ->type_name("DIR");
  app_.add_option("--cache-size", options_.cache_size,
                  "Bytes that may lie there. Default: $COFFER_CACHE_SIZE, else 4GiB")
      ->type_name("SIZE");
  app_.add_flag("-q,--quiet", options_.quiet, "No progress and no notes; errors stay");
  app_.add_flag("--json", options_.json, "Results as JSON on standard output, one object a line");

  auto topic = std::make_shared<std::vector<std::string>>();
  VerbText help;
  help.name = "help";
  help.summary = "Print the help of a verb";
  help.examples = "  coffer help put\n  coffer help runs resume";
  CLI::App& verb = add_verb(help, [this, topic](const Call&) {
    print_help(*topic);
    return exit_done;
  });
  verb.add_option("VERB", *topic, "The verb; all of them where it is left out");
}

void Program::print_help(const std::vector<std::string>& topic) {
  const CLI::App* about = &app_;
  std::string name = "coffer";
  for (const std::string& word : topic) {
    const auto found = about->get_subcommands([&word](const CLI::App* verb) { return verb->get_name() == word; });
    if (found.empty()) {
      throw Error(ErrorKind::invalid_argument, "no verb is called “" + printable(word) + "”; " +
                                                   (about == &app_ ? "coffer help" : name + " --help") + " lists them" +
                                                   verb_hint(*about, word));
    }
    about = found.front();
    name += " " + word;
  }
  // Not about->help(): that prints the help of the verb on the command line, which is this one.
  console_.result(app_.get_formatter()->make_help(about, name, CLI::AppFormatMode::Normal));
}

CLI::App& Program::add_words(CLI::App& parent, const VerbText& text) {
  CLI::App* verb = parent.add_subcommand(text.name, text.summary);
  verb->group("Verbs");
  verb->fallthrough();
  verb->set_help_flag("-h,--help", "Print this and exit");
  std::string words;
  if (!text.notes.empty()) words = text.notes + "\n\n";
  words += "Examples:\n" + text.examples + "\n\n" + verb_footer;
  verb->footer(words);
  return *verb;
}

CLI::App& Program::add_verb(const VerbText& text, std::function<int(const Call&)> run) {
  return add_verb(app_, text, std::move(run));
}

CLI::App& Program::add_group(const VerbText& text) {
  CLI::App& group = add_words(app_, text);
  group.require_subcommand(1);
  return group;
}

CLI::App& Program::add_verb(CLI::App& group, const VerbText& text, std::function<int(const Call&)> run) {
  CLI::App& verb = add_words(group, text);
  verb.callback([this, run = std::move(run)] { chosen_ = run; });
  return verb;
}

int Program::run(int argc, const char* const* argv) {
  console_.set_json(asks_for_json(argc, argv));
  if (argc > 0 && argv[0][0] != '\0') name_ = std::filesystem::path(argv[0]).filename().native();
  try {
    const int parsed = parse(argc, argv);
    if (parsed != exit_done || !chosen_) return parsed;
    return run_chosen();
  } catch (...) {
    return report(to_error(std::current_exception()));
  }
}

int Program::parse(int argc, const char* const* argv) {
  restore_arguments(app_);
  // The last one first, as CLI11 wants it.
  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) arguments.push_back(protected_argument(argv[i]));
  try {
    app_.parse(std::move(arguments));
  } catch (const CLI::Success& asked) {
    return app_.exit(asked);
  } catch (const CLI::ParseError& wrong) {
    return usage_error(wrong.what());
  }
  if (const std::string empty = empty_option(app_); !empty.empty()) {
    return usage_error(empty + ": is given as nothing; leave it out for its default");
  }
  if (chosen_) return exit_done;
  if (argc > 1) return usage_error("which verb?");
  std::cerr << app_.help() << std::flush;
  return exit_usage;
}

int Program::run_chosen() {
  console_.set_quiet(options_.quiet);
  const Call call = {options_, console_, interrupts_, routines_, name_};
  const int code = chosen_(call);
  console_.flush();
  return code;
}

int Program::usage_error(const std::string& message) {
  std::string where = "coffer";
  std::string what = first_line(message);
  std::erase(what, as_it_is);
  std::string hint;
  const CLI::App* verb = &app_;
  std::string words;
  for (std::vector<CLI::App*> chosen = app_.get_subcommands(); !chosen.empty(); chosen = verb->get_subcommands()) {
    verb = chosen.front();
    words += " " + verb->get_name();
  }
  where += words;
  const bool is_group = verb != &app_ && verb->get_require_subcommand_min() > 0;
  if (const std::vector<std::string> rest = app_.remaining(true); is_group && rest.empty()) {
    what = words.substr(1) + ": which verb?";
  } else if (is_group && !rest.front().starts_with('-')) {
    what = words.substr(1) + ": has no verb “" + printable(typed_argument(rest.front())) + "”";
    hint = verb_hint(*verb, rest.front());
  } else if (verb != &app_) {
    what = words.substr(1) + ": " + what;
  } else if (const std::vector<std::string> rest = app_.remaining(); !rest.empty() && !rest.front().starts_with('-')) {
    what = "no verb is called “" + printable(typed_argument(rest.front())) + "”";
    hint = verb_hint(app_, rest.front());
  }
  const std::vector<std::string> unknown = app_.remaining(true);
  const auto option =
      std::ranges::find_if(unknown, [](const std::string& text) { return text.starts_with('-') && text != "--"; });
  if (option != unknown.end()) {
    what = (words.empty() ? "" : words.substr(1) + ": ") + "there is no option " + printable(*option);
    hint = option_hint(*verb, *option);
    what += "; names that begin with - stand behind --, options before it";
  }
  console_.error(Error(ErrorKind::invalid_argument, what + "; " + where + " --help tells more" + hint));
  return exit_usage;
}

int Program::report(const Error& error) {
  if (is_broken_output(error)) end_by_broken_pipe();
  const int signal = interrupts_.signal();
  if (signal != 0 && error.kind() == ErrorKind::cancelled) {
    console_.interrupted(error);
    return exit_signal_base + signal;
  }
  try {
    console_.flush();
  } catch (const Error& second) {
    if (is_broken_output(second)) end_by_broken_pipe();
    // The first error is the one to tell.
  }
  console_.error(error);
  return signal != 0 ? exit_signal_base + signal : exit_code_of(error.kind());
}

}  // namespace coffer::cli
