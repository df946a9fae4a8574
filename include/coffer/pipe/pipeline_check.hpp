#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <coffer/pipe/pipeline.hpp>

namespace coffer {

/// Whether a pipeline with such a finding may run.
enum class Severity : std::uint8_t { warning, error };

/// Something that is wrong with a pipeline, or probably is.
struct Finding {
  Severity severity = Severity::error;
  /// Unknown where the pipeline was built in C++.
  SourcePlace place;
  /// What, and what to do; without the place.
  std::string message;
};

/// How one input reaches one pipe.
struct InputFlow {
  std::string name;
  Feed feed = Feed::stream;
  /// Whether the pipe is a batch that goes over it.
  bool is_batch = false;
  /// The pipe that writes it, of alternatives all: "a or b"; empty where it comes from outside.
  std::string from;
  /// Whether the pipe runs without it where it is absent.
  bool optional = false;
  /// Whether the pipe reads while the input is still being written. False: it waits.
  bool streams = false;
  std::string why;
};

/// When one pipe starts.
struct PipeFlow {
  std::string pipe;
  std::string starts;
  /// "kind is 'film'"; empty where it always runs.
  std::string when;
  std::vector<InputFlow> inputs;
};

/// What `coffer check` says: a value, for people and for programs.
struct PipelineCheck {
  std::string pipeline;
  /// In the order of the file.
  std::vector<Finding> findings;
  /// In the order of the file; empty where the pipeline has errors.
  std::vector<PipeFlow> pipes;

  /// Whether it may run: warnings are no errors.
  bool ok() const noexcept;
};

/// Looks at a pipeline without running anything: names that nobody writes, that two write or that nobody reads, cycles,
/// commands that cannot get what they read; and, where all is well, what streams, what waits and why. Pure.
PipelineCheck check_pipeline(const Pipeline& pipeline);

/// Warnings for commands whose program is not on this machine, looked for as starting it does. No errors: an earlier
/// pipe may make it, or its pipe be skipped. Looks at files: blocks.
std::vector<Finding> find_missing_programs(const Pipeline& pipeline);

/// Several lines for people, a line break at the end of each.
std::string to_text(const PipelineCheck& check);
/// One line of JSON, without a line break.
std::string to_json(const PipelineCheck& check);

}  // namespace coffer
