#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <coffer/base/error.hpp>

#include "http_server/range_resource.hpp"
#include "pipe/run_data.hpp"
#include "pipe/run_tally.hpp"
#include "pipe/work_gauge.hpp"

namespace coffer {

/// An input of a command that reads it by URL.
class UrlResource final : public RangeResource, public std::enable_shared_from_this<UrlResource> {
 public:
  /// Tells `activity`, unless it is null, when a client waits for bytes; it is the tally's.
  UrlResource(std::shared_ptr<RunData> data, std::shared_ptr<RunTally> tally, ActivityClock* activity)
      : data_(std::move(data)), tally_(std::move(tally)), gauge_(nullptr, activity) {}

  std::string content_type() const override { return data_->content_type(); }
  std::optional<std::uint64_t> size() const override { return data_->size(); }
  Task<SourcePtr> co_open(ByteRange range) override;

  /// What broke an answer off, first: a command may take a part for the whole and end well.
  std::optional<Error> failure() const;

 private:
  class Source;
  void failed(Error error);
  const std::shared_ptr<RunData> data_;
  const std::shared_ptr<RunTally> tally_;
  // No meter: what is on its way to a command may keep it working.
  WorkGauge gauge_;
  mutable std::mutex mutex_;
  std::optional<Error> failure_;
};

}  // namespace coffer
