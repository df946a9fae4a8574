#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <coffer/async/buffer_pool.hpp>
#include <coffer/async/task.hpp>
#include <coffer/base/chunk.hpp>
#include <coffer/base/object_info.hpp>

namespace coffer {

/// Reads what a sink has already stored, while it is being written and after its commit. Thread-safe; keeps what it
/// needs alive by itself.
class Readback {
 public:
  virtual ~Readback() = default;
  /// Bytes from the start of the object that can be read now; never shrinks.
  virtual std::uint64_t readable() const noexcept = 0;
  /// Between 1 and `at_most` bytes at `offset`, in a buffer of `share` or in the store's own memory. `offset` lies
  /// below readable().
  virtual Task<Chunk> co_read_at(BudgetShare& share, std::uint64_t offset, std::size_t at_most) = 0;
};

/// A stream of bytes to push into a new object. Ends in co_commit(), or nothing was stored. One outstanding call; from
/// any thread between calls; dead after a failed call. Dropping it early never blocks: what it wrote is cleaned up
/// behind it.
class ByteSink {
 public:
  ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;
  virtual ~ByteSink() = default;

  /// A buffer to fill and hand to co_write: memory of the budget, of the size that suits this sink best. Where the
  /// budget is short it is no larger than `at_least` rounded up to a whole block, and where it is spent it may be
  /// smaller than that (16 KiB): look at its size(). Waits for own writes only.
  virtual Task<Buffer> co_buffer(std::size_t at_least) = 0;
  /// Takes the bytes; returns when the next may come, not when they are stored.
  virtual Task<> co_write(Chunk chunk) = 0;
  /// All or nothing: durable and visible when it returns. Error{outcome_unknown} where it cannot be known.
  /// Cancelled past its commit point, it completes instead.
  virtual Task<Stored> co_commit() = 0;

  /// Where what was written can be read before it is committed; null where this store cannot do that.
  virtual std::shared_ptr<Readback> readback() { return nullptr; }
};

using SinkPtr = std::unique_ptr<ByteSink>;

}  // namespace coffer
