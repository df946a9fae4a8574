#pragma once

#include <memory>
#include <utility>

#include <coffer/stream/byte_source.hpp>

#include "pipe/run_tally.hpp"
#include "pipe/work_gauge.hpp"

namespace coffer {

/// A stream that a pipe reads: counts what comes, and when the pipe waits for it.
class InputSource final : public ByteSource {
 public:
  /// `gauge` may be null; else it outlives this.
  InputSource(SourcePtr inner, std::shared_ptr<RunTally> tally, WorkGauge* gauge = nullptr)
      : inner_(std::move(inner)), tally_(std::move(tally)), gauge_(gauge) {}

  const ObjectInfo& info() const override { return inner_->info(); }
  Task<std::optional<Chunk>> co_read(std::size_t at_most) override;
  Task<SourcePtr> co_reopen(ByteRange range) override;

 private:
  const SourcePtr inner_;
  const std::shared_ptr<RunTally> tally_;
  WorkGauge* const gauge_;
};

}  // namespace coffer
