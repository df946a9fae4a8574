#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <utility>

#include <coffer/async/buffer_pool.hpp>
#include <coffer/base/chunk.hpp>

#include "io_backends/file.hpp"
#include "io_backends/io_span.hpp"
#include "io_backends/uring/registered_slabs.hpp"

namespace coffer {

enum class RingVerb : std::uint8_t { read, write, sync, sync_data };

/// What one submission does, and everything that the kernel uses while it does.
class RingRequest {
 public:
  RingRequest() = default;
  RingRequest(RingVerb what, FilePtr where) : verb(what), file(std::move(where)) {}

  RingVerb verb = RingVerb::read;
  FilePtr file;
  std::uint64_t offset = 0;
  Buffer into;            ///< Of a read.
  Chunk from;             ///< Of a write.
  std::size_t bytes = 0;  ///< To read or to write.
  std::shared_ptr<const SlabOwner> slabs;
};

/// How a submission ended; what it used comes back, to be submitted again or used on.
class RingOutcome {
 public:
  int result = 0;          ///< The number of bytes, or a negative errno.
  bool cancelled = false;  ///< Its coroutine was cancelled meanwhile, whatever the result.
  RingRequest request;
};

class RingOperation;
/// Each operation is in exactly one list, by its stage; an empty pointer is a request to cancel another.
using RingOperations = std::list<std::unique_ptr<RingOperation>>;

/// A submission and the coroutine that awaits it. Owned by its service until its end has come back from the kernel, so
/// whatever happens to the coroutine's waiting, no device writes into memory that is gone.
class RingOperation {
 public:
  enum class Stage : std::uint8_t {
    queued,     ///< Waits for its turn.
    prepared,   ///< In the submission queue, not yet seen by the kernel.
    in_flight,  ///< The kernel has it.
    done,       ///< Its end has come back.
  };

  RingOperation(RingRequest what, IoSpan span) : request(std::move(what)), span_(std::move(span)) {}
  RingOperation(const RingOperation&) = delete;
  RingOperation& operator=(const RingOperation&) = delete;
  virtual ~RingOperation() = default;

  void end(int value) noexcept {
    stage = Stage::done;
    result = value;
    span_.end(value > 0 ? static_cast<std::uint64_t>(value) : 0);
  }

  /// Resumes the coroutine on its executor: at once where `may_run_here` and this thread is that executor's.
  virtual void resume(std::unique_ptr<RingOperation> self, bool may_run_here) = 0;

  // Guarded by the service's mutex until the stage is done.
  RingRequest request;
  RingOperations::iterator position;
  Stage stage = Stage::queued;
  int result = 0;
  bool cancel_sent = false;

 private:
  IoSpan span_;
};

}  // namespace coffer
