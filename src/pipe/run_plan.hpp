#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <coffer/base/result.hpp>
#include <coffer/pipe/pipeline.hpp>

namespace coffer {

/// How far a name's object is.
enum class DataState : std::uint8_t {
  absent,  ///< Nobody writes it yet.
  live,    ///< It is being written; readers may attach.
  committed,
  failed,
  left_out,  ///< Nobody ever writes it: all that could were skipped.
};

enum class PipeState : std::uint8_t { waiting, running, finished, failed, skipped };

/// Of all conditions of a pipe.
enum class ConditionState : std::uint8_t {
  open,
  looked_at,  ///< What they look at is being read.
  holds,      ///< Also of a pipe that has none.
};

/// Where a run stands: one state for each of RunPlan::data() and of the pipeline's pipes.
struct RunState {
  std::vector<DataState> data;
  std::vector<PipeState> pipes;
  std::vector<ConditionState> conditions;
};

/// What can be done about a pipe.
struct PipeStep {
  enum class Kind : std::uint8_t {
    none,    ///< It is not waiting, or what it waits for is not there yet.
    decide,  ///< Its conditions are open and can be looked at.
    start,
    skip,  ///< It cannot run, because something is absent.
  };
  Kind kind = Kind::none;
  std::size_t absent = 0;  ///< Of a skip: position in RunPlan::data().
};

/// What the failure of one pipe does to the others.
struct FailurePlan {
  std::vector<std::size_t> never_run;  ///< Pipes that waited and now never start.
  std::vector<std::size_t> fail;       ///< Data that will not be committed any more.
};

/// Decides which pipe starts when. A value; does nothing itself.
class RunPlan {
 public:
  /// One name: who writes it and who reads it.
  struct Data {
    std::string name;
    std::string type;
    /// Of which at most one runs. None for an input of the pipeline.
    std::vector<std::size_t> writers;
    Yield yield = Yield::stream;
    /// Pipes that read it, or look at it for a condition.
    std::vector<std::size_t> readers;
    bool is_output = false;
    bool is_list = false;
    /// Seen by others while it is being written.
    bool is_live = true;
  };
  struct Input {
    std::size_t data = 0;
    Feed feed = Feed::stream;
    bool optional = false;
  };

  RunPlan() = default;
  /// Error{invalid_argument} with every error that check_pipeline finds.
  static Result<RunPlan> make(const Pipeline& pipeline);

  const std::vector<Data>& data() const noexcept { return data_; }
  /// Position in data(); the name is one of the pipeline's.
  std::size_t position(const std::string& name) const;
  /// What pipe `pipe` reads and writes of the pipeline, in the order of its spec; the list that it goes over is first.
  const std::vector<Input>& inputs(std::size_t pipe) const { return inputs_[pipe]; }
  const std::vector<std::size_t>& outputs(std::size_t pipe) const { return outputs_[pipe]; }
  /// What the pipe's conditions look at, as positions in data(), each once.
  const std::vector<std::size_t>& looks_at(std::size_t pipe) const { return looks_at_[pipe]; }
  /// What it reads and what its conditions look at, as positions in data(), each once.
  std::vector<std::size_t> depends_on(std::size_t pipe) const;

  /// Nothing written, nothing started.
  RunState initial() const;
  /// What is next for `pipe`. With overlap it starts when what it streams is at least being written and what it gets as
  /// a path is committed; without, when all is committed. It is skipped where what a condition looks at, or what it
  /// reads and needs, is left out.
  PipeStep next_step(const RunState& state, std::size_t pipe, bool overlap) const;
  /// The pipe is skipped; what only it could have written is left out.
  void skip(RunState& state, std::size_t pipe) const;
  /// Whether a pipe may count as finished: all that it reads is committed, or left out.
  bool inputs_committed(const RunState& state, std::size_t pipe) const;
  /// The first error ends the run: what waits never starts, what is not committed fails. Who runs a pipe ends it.
  static FailurePlan after_failure(const RunState& state);

 private:
  bool is_ready(const RunState& state, const Input& input, bool overlap) const;
  /// What is left out and the pipe cannot do without.
  std::optional<std::size_t> lacking(const RunState& state, std::size_t pipe) const;

  std::vector<Data> data_;
  std::unordered_map<std::string, std::size_t> positions_;
  std::vector<std::vector<Input>> inputs_;
  std::vector<std::vector<std::size_t>> outputs_;
  std::vector<std::vector<std::size_t>> looks_at_;
};

}  // namespace coffer
