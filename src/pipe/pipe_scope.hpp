#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <coffer/pipe/pipeline.hpp>

#include "pipe/run_context.hpp"

namespace coffer {

/// What the names of a pipe stand for while it runs: data of the run; or, for one element of a batch, that element and
/// objects of its own.
class PipeScope {
 public:
  struct Input {
    /// What the pipe calls it.
    std::string name;
    std::shared_ptr<RunData> data;
    Feed feed = Feed::stream;
    /// Null where it is no list.
    RunList* list = nullptr;
  };
  struct Output {
    std::string name;
    std::shared_ptr<RunData> data;
    Yield yield = Yield::stream;
    std::string type;
    /// In the plan.
    std::size_t position = 0;
    bool is_list = false;
  };

  /// `run` outlives it.
  PipeScope(RunContext& run, std::size_t pipe);
  /// Of a batch, one element.
  PipeScope(RunContext& run, std::size_t pipe, const ListElement& element);

  std::size_t pipe() const noexcept { return pipe_; }
  /// In the order of the spec, but for what is absent. The list of a batch is not among them.
  const std::vector<Input>& inputs() const noexcept { return inputs_; }
  const std::vector<Output>& outputs() const noexcept { return outputs_; }
  /// Which element of the batch; nothing for a whole pipe.
  const std::optional<std::size_t>& element() const noexcept { return element_; }
  /// Whether others see what is written at once.
  bool is_seen() const noexcept { return is_seen_; }

 private:
  void add_input(RunContext& run, const ReadSpec& read);

  const std::size_t pipe_;
  std::vector<Input> inputs_;
  std::vector<Output> outputs_;
  std::optional<std::size_t> element_;
  const bool is_seen_;
};

}  // namespace coffer
