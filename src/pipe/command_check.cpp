#include "pipe/command_check.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <coffer/base/did_you_mean.hpp>

#include "pipe/command_template.hpp"
#include "pipe/in_quotes.hpp"

namespace coffer {
namespace {

class CommandCheck {
 public:
  CommandCheck(const PipeSpec& pipe, Findings& findings) : pipe_(pipe), findings_(findings) {}

  void check() {
    const ReadSpec* standard_input = nullptr;
    for (const ReadSpec& read : pipe_.reads()) {
      if (read.feed == Feed::stream) {
        findings_.error(read.place, "the command " + in_quotes(pipe_.name()) + " reads " + in_quotes(read.name) +
                                        " as a stream; only C++ can: use stdin, path or url");
      }
      if (read.feed != Feed::standard_input) continue;
      if (standard_input != nullptr) {
        findings_.error(read.place, "the command " + in_quotes(pipe_.name()) + " has one stdin, but reads " +
                                        in_quotes(standard_input->name) + " and " + in_quotes(read.name) + " from it");
      } else {
        standard_input = &read;
      }
    }
    const WriteSpec* standard_output = nullptr;
    for (const WriteSpec& write : pipe_.writes()) {
      if (write.yield == Yield::stream || write.yield == Yield::list) {
        findings_.error(write.place, "the command " + in_quotes(pipe_.name()) + " writes " + in_quotes(write.name) +
                                         " as a " + std::string(to_string(write.yield)) +
                                         "; only C++ can: use stdout, path or folder");
      }
      if (write.yield != Yield::standard_output) continue;
      if (standard_output != nullptr) {
        findings_.error(write.place, "the command " + in_quotes(pipe_.name()) + " has one stdout, but " +
                                         in_quotes(standard_output->name) + " and " + in_quotes(write.name) +
                                         " come from it");
      } else {
        standard_output = &write;
      }
    }
    check_arguments();
  }

 private:
  void check_arguments() {
    std::vector<std::string> texts;
    for (const Argument& argument : pipe_.command()) texts.push_back(argument.text);
    const std::size_t shell_text = shell_text_index(texts);
    std::set<std::string> used;
    bool all_parsed = true;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const SourcePlace place = pipe_.command()[i].place.known() ? pipe_.command()[i].place : pipe_.command_place();
      const Result<CommandTemplate> parsed = CommandTemplate::parse(texts[i]);
      if (!parsed) {
        findings_.error(place, "in the command of " + in_quotes(pipe_.name()) + ": " + parsed.error().message());
        all_parsed = false;
        continue;
      }
      for (const std::string& name : parsed->names()) {
        check_argument_name(name, place);
        if (shell_text != 0 && i == shell_text) {
          std::string advice =
              "{} inside the text of a shell: a path could be read as commands; pass it behind the text, "
              "as in [\"sh\", \"-c\", \"cat \\\"$1\\\"\", \"sh\", \"{}\"]";
          advice.insert(advice.rfind('}'), name).insert(1, name);
          findings_.error(place, std::move(advice));
        }
        used.insert(name);
      }
    }
    if (all_parsed) check_unused(used);
  }

  void check_argument_name(const std::string& name, SourcePlace place) {
    const auto read = std::ranges::find(pipe_.reads(), name, own_name<ReadSpec>);
    const auto write = std::ranges::find(pipe_.writes(), name, own_name<WriteSpec>);
    const bool reads = read != pipe_.reads().end();
    const bool writes = write != pipe_.writes().end();
    if (reads && writes) return;  // Reported elsewhere.
    if (!reads && !writes) {
      std::vector<std::string> own;
      for (const ReadSpec& spec : pipe_.reads()) own.push_back(own_name(spec));
      for (const WriteSpec& spec : pipe_.writes()) own.push_back(own_name(spec));
      findings_.error(place, "{" + name + "}: the pipe " + in_quotes(pipe_.name()) + " neither reads nor writes " +
                                 in_quotes(name) + did_you_mean(name, own));
    } else if (reads && read->feed == Feed::standard_input) {
      findings_.error(place, "{" + name + "}: " + in_quotes(name) +
                                 " arrives on stdin and has no path; read it by path or url, or write '-'");
    } else if (writes && write->yield == Yield::standard_output) {
      findings_.error(place, "{" + name + "}: " + in_quotes(name) +
                                 " comes from stdout and has no path; write it from path, or write '-'");
    }
  }

  void check_unused(const std::set<std::string>& used) {
    for (const ReadSpec& read : pipe_.reads()) {
      if ((read.feed != Feed::path && read.feed != Feed::url) || used.contains(own_name(read))) continue;
      findings_.error(read.place, "the command of " + in_quotes(pipe_.name()) + " never says {" + own_name(read) +
                                      "}, so it cannot find " + in_quotes(read.name) + ", which it reads by " +
                                      std::string(to_string(read.feed)));
    }
    for (const WriteSpec& write : pipe_.writes()) {
      if ((write.yield != Yield::path && write.yield != Yield::folder) || used.contains(own_name(write))) continue;
      findings_.error(write.place, "the command of " + in_quotes(pipe_.name()) + " never says {" + own_name(write) +
                                       "}, so it cannot know where to write " + in_quotes(write.name));
    }
  }

  const PipeSpec& pipe_;
  Findings& findings_;
};

}  // namespace

void check_command(const PipeSpec& pipe, Findings& findings) { CommandCheck(pipe, findings).check(); }

}  // namespace coffer
