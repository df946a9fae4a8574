#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <coffer/base/did_you_mean.hpp>
#include <coffer/pipe/pipeline_check.hpp>

#include "pipe/command_check.hpp"
#include "pipe/condition_check.hpp"
#include "pipe/findings.hpp"
#include "pipe/in_quotes.hpp"
#include "pipe/name_index.hpp"
#include "pipe/pipeline_flow.hpp"

namespace coffer {
namespace {

constexpr const char* not_a_name =
    " is not a name: a letter or '_', then letters, digits, '_' and '-', at most 64 in all";

class Checker {
 public:
  explicit Checker(const Pipeline& pipeline) : pipeline_(pipeline), names_(pipeline) {}

  std::vector<Finding> findings() {
    check_text();
    for (const NameUse& use : names_.uses()) check_use(use);
    check_pipe_names();
    for (std::size_t i = 0; i < pipeline_.pipes().size(); ++i) check_pipe(pipeline_.pipes()[i]);
    check_cycles();
    return found_.take();
  }

 private:
  void error(SourcePlace place, std::string message) { found_.error(place, std::move(message)); }
  void warning(SourcePlace place, std::string message) { found_.warning(place, std::move(message)); }

  /// What the parser has refused already where the pipeline comes from a file.
  void check_text() {
    if (!is_pipeline_name(pipeline_.name()))
      error({}, "the pipeline's name " + in_quotes(pipeline_.name()) + not_a_name);
    if (pipeline_.pipes().empty()) error({}, "the pipeline has no pipe");
    for (const InputSpec& input : pipeline_.inputs()) check_type(input.type, input.place);
    for (const PipeSpec& pipe : pipeline_.pipes()) {
      if (!is_qualified_name(pipe.name()))
        error(pipe.place(), "the pipe's name " + in_quotes(pipe.name()) + not_a_name);
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
    if (!is_qualified_name(use.name)) error({}, in_quotes(use.name) + not_a_name);
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
    if (!use.readers.empty() || !use.outputs.empty() || !use.deciders.empty()) return;
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
    if (!use.inputs.empty()) {
      for (const NameUse::Writer& writer : use.writers) {
        error(writer.spec->place, "the pipe " + in_quotes(pipeline_.pipes()[writer.pipe].name()) + " writes " +
                                      in_quotes(use.name) + ", which is an input of the pipeline" +
                                      also_at(use.inputs[0]->place));
      }
    } else {
      check_alternatives(pipeline_, use, found_);
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
    for (const NameUse::Decider& decider : use.deciders) {
      error(decider.place, "a condition of the pipe " + in_quotes(pipeline_.pipes()[decider.pipe].name()) +
                               " looks at " + in_quotes(use.name) + ", which is no input and which nobody writes" +
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
    if (!is_qualified_name(batch.item)) error(batch.place, in_quotes(batch.item) + not_a_name);
    if (batch.at_most < 1 || batch.at_most > BatchSpec::most)
      error(batch.place, who + " runs " + std::to_string(batch.at_most) + " elements at a time; 1 to 1000 can be");
    if (names_.contains(batch.item)) {
      error(batch.place, who + " calls its item " + in_quotes(batch.item) +
                             ", which is a name of the pipeline already; take another");
    }
    if (std::ranges::find(pipe.reads(), batch.item, &ReadSpec::name) == pipe.reads().end()) {
      std::vector<std::string> own;
      for (const ReadSpec& read : pipe.reads()) own.push_back(read.name);
      error(batch.place, who + " never reads its item " + in_quotes(batch.item) + did_you_mean(batch.item, own));
    }
    for (const ReadSpec& read : pipe.reads()) {
      if (read.optional && read.name == batch.item) error(read.place, who + " has its item always: it is not optional");
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
    std::unordered_map<std::string_view, const PipeSpec*> firsts;
    for (const PipeSpec& pipe : pipeline_.pipes()) {
      const auto [first, is_new] = firsts.emplace(pipe.name(), &pipe);
      if (is_new) continue;
      error(pipe.place(), "two pipes are named " + in_quotes(pipe.name()) + also_at(first->second->place()));
    }
  }

  void check_pipe(const PipeSpec& pipe) {
    check_own_names(pipe);
    if (pipe.batch()) check_batch(pipe);
    check_conditions(names_, pipe, found_);
    check_attempts(pipe);
    if (pipe.is_command())
      check_command(pipe, found_);
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
    std::set<std::string> own;
    const std::string who = "the pipe " + in_quotes(pipe.name());
    for (const ReadSpec& read : pipe.reads()) {
      if (!seen.insert(read.name).second) error(read.place, who + " reads " + in_quotes(read.name) + " twice");
      check_own_name(who, read, own);
    }
    for (const WriteSpec& write : pipe.writes()) {
      // What it reads and writes under one name is a cycle.
      if (!seen.contains(write.name)) check_own_name(who, write, own);
    }
  }

  template <class Spec>
  void check_own_name(const std::string& who, const Spec& spec, std::set<std::string>& own) {
    // What is no name at all is told elsewhere.
    if (is_qualified_name(spec.name) && !is_pipeline_name(own_name(spec)))
      error(spec.place,
            who + " calls " + in_quotes(spec.name) + " " + in_quotes(own_name(spec)) + ", which" + not_a_name);
    else if (!own.insert(own_name(spec)).second && !spec.as.empty())
      error(spec.place, who + " calls two names " + in_quotes(own_name(spec)));
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

  /// Each pipe that can reach itself through what it reads, reported once for each circle.
  void check_cycles() {
    std::vector<Seen> seen(pipeline_.pipes().size(), Seen::not_yet);
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (seen[i] == Seen::not_yet) go_upstream(i, seen);
    }
  }

  enum class Seen : std::uint8_t { not_yet, on_the_way, with_all_upstream };

  struct Step {
    std::size_t pipe = 0;
    std::vector<std::size_t> upstream;  // That is still to be seen.
  };

  /// Depth first, on a stack of its own: a pipeline may be longer than the thread's stack is deep.
  void go_upstream(std::size_t from, std::vector<Seen>& seen) {
    std::vector<Step> way;
    const auto enter = [&](std::size_t pipe) {
      seen[pipe] = Seen::on_the_way;
      way.push_back(Step{pipe, names_.upstream(pipe)});
      std::ranges::reverse(way.back().upstream);
    };
    enter(from);
    while (!way.empty()) {
      Step& last = way.back();
      if (last.upstream.empty()) {
        seen[last.pipe] = Seen::with_all_upstream;
        way.pop_back();
        continue;
      }
      const std::size_t next = last.upstream.back();
      last.upstream.pop_back();
      if (seen[next] == Seen::not_yet) {
        enter(next);
      } else if (seen[next] == Seen::on_the_way) {
        std::vector<std::size_t> cycle;
        for (auto step = std::ranges::find(way, next, &Step::pipe); step != way.end(); ++step)
          cycle.push_back(step->pipe);
        report_cycle(std::move(cycle));
      }
    }
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
  Findings found_;
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
