#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <coffer/pipe/pipeline_check.hpp>

#include "pipe/command_template.hpp"
#include "pipe/did_you_mean.hpp"
#include "pipe/name_index.hpp"
#include "pipe/pipeline_flow.hpp"

namespace coffer {
namespace {

std::string in_quotes(std::string_view name) { return "'" + std::string(name) + "'"; }

constexpr const char* not_a_name =
    " is not a name: a letter or '_', then letters, digits, '_' and '-', at most 64 in all";

/// "at line 3, column 5" behind a comma, for the other place of two.
std::string also_at(SourcePlace place) { return place.known() ? " (" + place_text(place) + ")" : ""; }

class Checker {
 public:
  explicit Checker(const Pipeline& pipeline) : pipeline_(pipeline), names_(pipeline) {}

  std::vector<Finding> findings() {
    check_text();
    for (const NameUse& use : names_.uses()) check_use(use);
    check_pipe_names();
    for (std::size_t i = 0; i < pipeline_.pipes().size(); ++i) check_pipe(pipeline_.pipes()[i]);
    check_cycles();
    return std::move(found_);
  }

 private:
  void add(Severity severity, SourcePlace place, std::string message) {
    Finding finding;
    finding.severity = severity;
    finding.place = place;
    finding.message = std::move(message);
    // In the order of the file, and where the place is the same in the order in which they were found.
    const auto before =
        std::ranges::upper_bound(found_, std::tuple(place.line, place.column), {},
                                 [](const Finding& other) { return std::tuple(other.place.line, other.place.column); });
    found_.insert(before, std::move(finding));
  }
  void error(SourcePlace place, std::string message) { add(Severity::error, place, std::move(message)); }
  void warning(SourcePlace place, std::string message) { add(Severity::warning, place, std::move(message)); }

  /// What the parser has refused already where the pipeline comes from a file.
  void check_text() {
    if (!is_pipeline_name(pipeline_.name()))
      error({}, "the pipeline's name " + in_quotes(pipeline_.name()) + not_a_name);
    if (pipeline_.pipes().empty()) error({}, "the pipeline has no pipe");
    for (const InputSpec& input : pipeline_.inputs()) check_type(input.type, input.place);
    for (const PipeSpec& pipe : pipeline_.pipes()) {
      if (!is_pipeline_name(pipe.name())) error(pipe.place(), "the pipe's name " + in_quotes(pipe.name()) + not_a_name);
      for (const WriteSpec& write : pipe.writes()) check_type(write.type, write.place);
      for (const auto& [name, value] : pipe.environment()) {
        if (!is_variable_name(name) || value.find('\0') != std::string::npos)
          error(pipe.place(), "a command cannot have the variable " + in_quotes(name));
      }
    }
  }

  void check_type(const std::string& type, SourcePlace place) {
    if (!type.empty() && !is_media_type(type))
      error(place, in_quotes(type) + " is not a media type such as 'video/mp4'");
  }

  void check_use(const NameUse& use) {
    if (!is_pipeline_name(use.name)) error({}, in_quotes(use.name) + not_a_name);
    check_writers(use);
    if (!use.is_written()) {
      check_unwritten(use);
      return;
    }
    for (std::size_t i = 1; i < use.outputs.size(); ++i)
      error(use.outputs[i]->place, in_quotes(use.name) + " is an output twice");
    for (const NameUse::Reader& reader : use.readers) check_list_reader(use, reader);
    if (use.is_list && !use.inputs.empty() && !use.outputs.empty()) {
      error(use.outputs[0]->place,
            "the output " + in_quotes(use.name) + " is a list from outside, of which the run stores nothing");
    }
    if (!use.readers.empty() || !use.outputs.empty()) return;
    if (use.writers.empty()) {
      warning(use.inputs[0]->place, "nobody reads the input " + in_quotes(use.name));
    } else {
      warning(use.writers[0].spec->place,
              "nobody reads " + in_quotes(use.name) + ", and it is no output of the pipeline");
    }
  }

  void check_writers(const NameUse& use) {
    for (std::size_t i = 1; i < use.inputs.size(); ++i)
      error(use.inputs[i]->place, in_quotes(use.name) + " is an input twice");
    for (std::size_t i = 0; i < use.writers.size(); ++i) {
      const NameUse::Writer& writer = use.writers[i];
      const std::string& pipe = pipeline_.pipes()[writer.pipe].name();
      if (!use.inputs.empty()) {
        error(writer.spec->place, "the pipe " + in_quotes(pipe) + " writes " + in_quotes(use.name) +
                                      ", which is an input of the pipeline" + also_at(use.inputs[0]->place));
      } else if (i > 0) {
        error(writer.spec->place, in_quotes(use.name) +
                                      " has two writers: " + in_quotes(pipeline_.pipes()[use.writers[0].pipe].name()) +
                                      also_at(use.writers[0].spec->place) + " and " + in_quotes(pipe));
      }
    }
  }

  void check_unwritten(const NameUse& use) {
    std::vector<std::string> written;
    for (const NameUse& other : names_.uses()) {
      if (other.is_written()) written.push_back(other.name);
    }
    for (const NameUse::Reader& reader : use.readers) {
      error(reader.place, "the pipe " + in_quotes(pipeline_.pipes()[reader.pipe].name()) + " reads " +
                              in_quotes(use.name) + ", which is no input and which nobody writes" +
                              did_you_mean(use.name, written));
    }
    for (const OutputSpec* output : use.outputs) {
      error(output->place, "nobody writes the output " + in_quotes(use.name) + did_you_mean(use.name, written));
    }
  }

  void check_list_reader(const NameUse& use, const NameUse::Reader& reader) {
    const std::string who = "the pipe " + in_quotes(pipeline_.pipes()[reader.pipe].name());
    if (reader.is_batch && !use.is_list) {
      error(reader.place, who + " goes over " + in_quotes(use.name) +
                              ", which is no list; a list comes from a folder, from a batch, or from outside as "
                              "{\"list\": true}");
    } else if (use.is_list && (reader.feed == Feed::standard_input || reader.feed == Feed::url)) {
      error(reader.place, who + " reads " + in_quotes(use.name) + " by " + std::string(to_string(reader.feed)) +
                              ", but it is a list: read it by path, which gives a folder, or go over it in a batch");
    }
  }

  void check_batch(const PipeSpec& pipe) {
    const BatchSpec& batch = *pipe.batch();
    const std::string who = "the batch " + in_quotes(pipe.name());
    if (!is_pipeline_name(batch.item)) error(batch.place, in_quotes(batch.item) + not_a_name);
    if (batch.at_most < 1 || batch.at_most > BatchSpec::most)
      error(batch.place, who + " runs " + std::to_string(batch.at_most) + " elements at a time; 1 to 1000 can be");
    const auto& uses = names_.uses();
    if (std::ranges::find(uses, batch.item, &NameUse::name) != uses.end()) {
      error(batch.place, who + " calls its item " + in_quotes(batch.item) +
                             ", which is a name of the pipeline already; take another");
    }
    if (std::ranges::find(pipe.reads(), batch.item, &ReadSpec::name) == pipe.reads().end()) {
      std::vector<std::string> own;
      for (const ReadSpec& read : pipe.reads()) own.push_back(read.name);
      error(batch.place, who + " never reads its item " + in_quotes(batch.item) + did_you_mean(batch.item, own));
    }
    for (const WriteSpec& write : pipe.writes()) {
      if (write.yield != Yield::folder && write.yield != Yield::list) continue;
      error(write.place, who + " writes " + in_quotes(write.name) +
                             " as a list for each element; a list of lists cannot be: write one object for each");
    }
  }

  void check_attempts(const PipeSpec& pipe) {
    const SourcePlace place = pipe.retry().place.known() ? pipe.retry().place : pipe.place();
    const std::string who = "the pipe " + in_quotes(pipe.name());
    if (pipe.retry().attempts < 1 || pipe.retry().attempts > RetrySpec::most)
      error(place, who + " has " + std::to_string(pipe.retry().attempts) + " attempts; 1 to 100 can be");
    if (pipe.retry().wait.count() < 0) error(place, who + " is to wait for less than no time");
    if (pipe.timeout() && pipe.timeout()->count() <= 0) error(pipe.place(), who + " has no time to run");
  }

  void check_pipe_names() {
    const auto& pipes = pipeline_.pipes();
    for (std::size_t i = 0; i < pipes.size(); ++i) {
      const auto first = std::ranges::find(pipes, pipes[i].name(), &PipeSpec::name);
      if (first == pipes.begin() + static_cast<std::ptrdiff_t>(i)) continue;
      error(pipes[i].place(), "two pipes are named " + in_quotes(pipes[i].name()) + also_at(first->place()));
    }
  }

  void check_pipe(const PipeSpec& pipe) {
    check_own_names(pipe);
    if (pipe.batch()) check_batch(pipe);
    check_attempts(pipe);
    if (pipe.is_command())
      check_command(pipe);
    else if (pipe.routine())
      check_routine(pipe);
    else if (!pipe.routine_name().empty())
      error(pipe.command_place(), "the pipe " + in_quotes(pipe.name()) + " is the C++ pipe " +
                                      in_quotes(pipe.routine_name()) +
                                      ", which was not looked for: read the file with "
                                      "the PipeRoutines that have it");
    else
      error(pipe.place(), "the pipe " + in_quotes(pipe.name()) + " has neither a command nor a coroutine");
    if (pipe.writes().empty()) {
      warning(pipe.place(), "the pipe " + in_quotes(pipe.name()) + " writes nothing that the pipeline keeps");
    }
  }

  void check_own_names(const PipeSpec& pipe) {
    std::set<std::string> seen;
    for (const ReadSpec& read : pipe.reads()) {
      if (!seen.insert(read.name).second)
        error(read.place, "the pipe " + in_quotes(pipe.name()) + " reads " + in_quotes(read.name) + " twice");
    }
  }

  void check_routine(const PipeSpec& pipe) {
    for (const ReadSpec& read : pipe.reads()) {
      if (read.feed == Feed::stream) continue;
      error(read.place, "the coroutine " + in_quotes(pipe.name()) + " reads " + in_quotes(read.name) + " by " +
                            std::string(to_string(read.feed)) + "; only commands can: use a stream");
    }
    for (const WriteSpec& write : pipe.writes()) {
      if (write.yield == Yield::stream || write.yield == Yield::list) continue;
      error(write.place, "the coroutine " + in_quotes(pipe.name()) + " writes " + in_quotes(write.name) + " by " +
                             std::string(to_string(write.yield)) + "; only commands can: use a stream or a list");
    }
  }

  void check_command(const PipeSpec& pipe) {
    const ReadSpec* standard_input = nullptr;
    for (const ReadSpec& read : pipe.reads()) {
      if (read.feed == Feed::stream) {
        error(read.place, "the command " + in_quotes(pipe.name()) + " reads " + in_quotes(read.name) +
                              " as a stream; only C++ can: use stdin, path or url");
      }
      if (read.feed != Feed::standard_input) continue;
      if (standard_input != nullptr) {
        error(read.place, "the command " + in_quotes(pipe.name()) + " has one stdin, but reads " +
                              in_quotes(standard_input->name) + " and " + in_quotes(read.name) + " from it");
      } else {
        standard_input = &read;
      }
    }
    const WriteSpec* standard_output = nullptr;
    for (const WriteSpec& write : pipe.writes()) {
      if (write.yield == Yield::stream || write.yield == Yield::list) {
        error(write.place, "the command " + in_quotes(pipe.name()) + " writes " + in_quotes(write.name) + " as a " +
                               std::string(to_string(write.yield)) + "; only C++ can: use stdout, path or folder");
      }
      if (write.yield != Yield::standard_output) continue;
      if (standard_output != nullptr) {
        error(write.place, "the command " + in_quotes(pipe.name()) + " has one stdout, but " +
                               in_quotes(standard_output->name) + " and " + in_quotes(write.name) + " come from it");
      } else {
        standard_output = &write;
      }
    }
    check_arguments(pipe);
  }

  void check_arguments(const PipeSpec& pipe) {
    std::vector<std::string> texts;
    for (const Argument& argument : pipe.command()) texts.push_back(argument.text);
    const std::size_t shell_text = shell_text_index(texts);
    std::set<std::string> used;
    bool all_parsed = true;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const SourcePlace place = pipe.command()[i].place.known() ? pipe.command()[i].place : pipe.command_place();
      const Result<CommandTemplate> parsed = CommandTemplate::parse(texts[i]);
      if (!parsed) {
        error(place, "in the command of " + in_quotes(pipe.name()) + ": " + parsed.error().message());
        all_parsed = false;
        continue;
      }
      for (const std::string& name : parsed->names()) {
        check_argument_name(pipe, name, place);
        if (shell_text != 0 && i == shell_text) {
          std::string advice =
              "{} inside the text of a shell: a path could be read as commands; pass it behind the text, "
              "as in [\"sh\", \"-c\", \"cat \\\"$1\\\"\", \"sh\", \"{}\"]";
          advice.insert(advice.rfind('}'), name).insert(1, name);
          error(place, std::move(advice));
        }
        used.insert(name);
      }
    }
    if (all_parsed) check_unused(pipe, used);
  }

  void check_argument_name(const PipeSpec& pipe, const std::string& name, SourcePlace place) {
    const auto read = std::ranges::find(pipe.reads(), name, &ReadSpec::name);
    const auto write = std::ranges::find(pipe.writes(), name, &WriteSpec::name);
    const bool reads = read != pipe.reads().end();
    const bool writes = write != pipe.writes().end();
    if (reads && writes) return;  // Reported as a cycle.
    if (!reads && !writes) {
      std::vector<std::string> own;
      for (const ReadSpec& spec : pipe.reads()) own.push_back(spec.name);
      for (const WriteSpec& spec : pipe.writes()) own.push_back(spec.name);
      error(place, "{" + name + "}: the pipe " + in_quotes(pipe.name()) + " neither reads nor writes " +
                       in_quotes(name) + did_you_mean(name, own));
    } else if (reads && read->feed == Feed::standard_input) {
      error(place, "{" + name + "}: " + in_quotes(name) +
                       " arrives on stdin and has no path; read it by path or url, or write '-'");
    } else if (writes && write->yield == Yield::standard_output) {
      error(place, "{" + name + "}: " + in_quotes(name) +
                       " comes from stdout and has no path; write it from path, or write '-'");
    }
  }

  void check_unused(const PipeSpec& pipe, const std::set<std::string>& used) {
    for (const ReadSpec& read : pipe.reads()) {
      if ((read.feed != Feed::path && read.feed != Feed::url) || used.contains(read.name)) continue;
      error(read.place, "the command of " + in_quotes(pipe.name()) + " never says {" + read.name +
                            "}, so it cannot find " + in_quotes(read.name) + ", which it reads by " +
                            std::string(to_string(read.feed)));
    }
    for (const WriteSpec& write : pipe.writes()) {
      if ((write.yield != Yield::path && write.yield != Yield::folder) || used.contains(write.name)) continue;
      error(write.place, "the command of " + in_quotes(pipe.name()) + " never says {" + write.name +
                             "}, so it cannot know where to write " + in_quotes(write.name));
    }
  }

  /// Each pipe that can reach itself through what it reads, reported once for each circle.
  void check_cycles() {
    std::vector<State> states(pipeline_.pipes().size(), State::unseen);
    std::vector<std::size_t> way;
    for (std::size_t i = 0; i < states.size(); ++i) visit(i, states, way);
  }

  enum class State : std::uint8_t { unseen, on_the_way, done };

  void visit(std::size_t pipe, std::vector<State>& states, std::vector<std::size_t>& way) {
    if (states[pipe] == State::done) return;
    if (states[pipe] == State::on_the_way) {
      report_cycle(std::vector<std::size_t>(std::ranges::find(way, pipe), way.end()));
      return;
    }
    states[pipe] = State::on_the_way;
    way.push_back(pipe);
    for (const std::size_t next : names_.upstream(pipe)) visit(next, states, way);
    way.pop_back();
    states[pipe] = State::done;
  }

  void report_cycle(std::vector<std::size_t> pipes) {
    const auto name = [&](std::size_t pipe) { return in_quotes(pipeline_.pipes()[pipe].name()); };
    if (pipes.size() == 1) {
      error(pipeline_.pipes()[pipes[0]].place(), "the pipe " + name(pipes[0]) + " reads what it writes");
      return;
    }
    // `pipes` goes against the data.
    std::string circle = name(pipes.front());
    for (auto pipe = pipes.rbegin(); pipe != pipes.rend(); ++pipe) circle += " -> " + name(*pipe);
    error(pipeline_.pipes()[pipes.front()].place(), "a cycle: each of these waits for the one before it: " + circle);
  }

  const Pipeline& pipeline_;
  NameIndex names_;
  std::vector<Finding> found_;
};

}  // namespace

bool PipelineCheck::ok() const noexcept {
  return std::ranges::none_of(findings, [](const Finding& finding) { return finding.severity == Severity::error; });
}

PipelineCheck check_pipeline(const Pipeline& pipeline) {
  PipelineCheck check;
  check.pipeline = pipeline.name();
  check.findings = Checker(pipeline).findings();
  if (check.ok()) check.pipes = pipeline_flow(pipeline);
  return check;
}

}  // namespace coffer
