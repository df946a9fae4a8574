#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <coffer/async/task.hpp>
#include <coffer/base/byte_range.hpp>
#include <coffer/stream/byte_source.hpp>

namespace coffer {

/// Something that a RangeServer serves. Thread-safe; kept alive by the server while anybody reads it.
class RangeResource {
 public:
  virtual ~RangeResource() = default;
  virtual std::string content_type() const = 0;
  /// The true total, where it is known now; never a guess. Without it no ranges are offered.
  virtual std::optional<std::uint64_t> size() const = 0;
  /// The bytes of the range, of the whole where the size is not known. May wait for what is not there yet, and its
  /// source too. Throws Error.
  virtual Task<SourcePtr> co_open(ByteRange range) = 0;
};

}  // namespace coffer
