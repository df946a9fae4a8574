#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include <coffer/async/task.hpp>
#include <coffer/base/byte_range.hpp>
#include <coffer/base/chunk.hpp>
#include <coffer/base/object_info.hpp>

namespace coffer {

class ByteSource;
using SourcePtr = std::unique_ptr<ByteSource>;

/// A stream of bytes to pull. One outstanding call; from any thread between calls. The Runtime and the Storage it came
/// from outlive it. Dropping it early never blocks.
class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  /// The whole object, also where only a range of it is read.
  virtual const ObjectInfo& info() const = 0;

  /// The next bytes, at least one and, where it is not 0, at most `at_most`; nothing at the end, and again after it.
  /// Throws Error; Error{corrupt} at the end of a full read whose checksum is not the one stored. A chunk is memory of
  /// the budget for as long as it lives: who keeps them all ends in Error{budget_exhausted}.
  virtual Task<std::optional<Chunk>> co_read(std::size_t at_most = 0) = 0;

  /// A new source over a range of the same object, as it was opened; null where it cannot be read again (a pipe, a
  /// socket).
  virtual Task<SourcePtr> co_reopen(ByteRange range);
};

}  // namespace coffer
