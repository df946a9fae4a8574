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

namespace coffer {

/// An input of a command that reads it by URL.
class UrlResource final : public RangeResource, public std::enable_shared_from_this<UrlResource> {
 public:
  /// `data` outlives it.
  UrlResource(RunData& data, std::shared_ptr<RunTally> tally) : data_(data), tally_(std::move(tally)) {}

  std::string content_type() const override { return data_.content_type(); }
  std::optional<std::uint64_t> size() const override { return data_.size(); }
  Task<SourcePtr> co_open(ByteRange range) override;

  /// What broke an answer off, first: a command may take a part for the whole and end well.
  std::optional<Error> failure() const;

 private:
  class Source;
  void failed(Error error);
  RunData& data_;
  const std::shared_ptr<RunTally> tally_;
  mutable std::mutex mutex_;
  std::optional<Error> failure_;
};

}  // namespace coffer
