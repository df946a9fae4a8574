#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include <coffer/stream/byte_sink.hpp>

#include "pipe/run_context.hpp"
#include "pipe/run_tally.hpp"
#include "pipe/work_gauge.hpp"

namespace coffer {

/// The sink of one name of a run: counts, and tells the run of the first byte and of the commit.
class OutputSink final : public ByteSink {
 public:
  /// `run` outlives it. `position` is that of the name in the plan; nothing for what only its own job sees: then nobody
  /// is told.
  OutputSink(RunContext& run, std::shared_ptr<RunData> data, std::optional<std::size_t> position, SinkPtr inner,
             std::shared_ptr<RunTally> tally);

  /// Says when the pipe waits for this sink; the gauge outlives it.
  void measure(WorkGauge& gauge) noexcept { gauge_ = &gauge; }
  bool is_committed() const noexcept { return committed_; }

  Task<Buffer> co_buffer(std::size_t at_least) override;
  Task<> co_write(Chunk chunk) override;
  Task<Stored> co_commit() override;
  std::shared_ptr<Readback> readback() override { return inner_->readback(); }

 private:
  RunContext& run_;
  const std::shared_ptr<RunData> data_;
  const std::optional<std::size_t> position_;
  const SinkPtr inner_;
  const std::shared_ptr<RunTally> tally_;
  WorkGauge* gauge_ = nullptr;
  bool has_bytes_ = false;
  bool committed_ = false;
};

}  // namespace coffer
