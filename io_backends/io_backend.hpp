#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include <coffer/async/buffer_pool.hpp>
#include <coffer/async/task.hpp>
#include <coffer/base/chunk.hpp>

#include "io_backends/file.hpp"

namespace coffer {

/// A read that is done: the buffer comes back with what it got.
struct ReadDone {
  Buffer buffer;
  std::size_t bytes = 0;  ///< 0 at the end of the file.
};

/// Reads and writes files without blocking a loop. Thread-safe. Operations own their buffers and files: cancelling does
/// not stop a device from writing into memory. A cancelled operation waits for its end, then throws Error{cancelled};
/// results arrive on the executor of the awaiting coroutine. Errors carry the system's code.
class IoBackend {
 public:
  virtual ~IoBackend() = default;
  virtual std::string_view name() const noexcept = 0;

  /// One read of at most `want` bytes (at most the buffer's size) into the buffer's start; short only at the end of the
  /// file.
  virtual Task<ReadDone> co_read_at(FilePtr file, std::uint64_t offset, Buffer into, std::size_t want) = 0;
  /// All of it; short writes are continued.
  virtual Task<> co_write_at(FilePtr file, std::uint64_t offset, Chunk from) = 0;
  /// fsync, or fdatasync where `data_only`.
  virtual Task<> co_sync(FilePtr file, bool data_only) = 0;
  /// Any other system call that may block: opens, links, attributes. `step` names it in errors and lets tests fail it;
  /// `call` owns what it uses and returns a value >= 0 or a negative errno, which is thrown as Error unless it is one
  /// the caller expects: then use co_try. On helper threads where a loop is attached, inline on a Runtime's own
  /// threads.
  Task<int> co_call(std::string_view step, std::function<int()> call);
  /// The same without throwing: the value or the negative errno. Not cancellable.
  virtual Task<int> co_try(std::string_view step, std::function<int()> call) = 0;
};

}  // namespace coffer
