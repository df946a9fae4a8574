#include "io_backends/uring/uring_backend.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/async/runtime.hpp>
#include <coffer/base/error.hpp>

#include "io_backends/uring/resident_slabs.hpp"
#include "io_backends/uring/ring_service.hpp"

namespace coffer {

namespace asio = boost::asio;

namespace {

std::string_view step_of(RingVerb verb) noexcept {
  switch (verb) {
    case RingVerb::read:
      return "read";
    case RingVerb::write:
      return "write";
    case RingVerb::sync:
      return "fsync";
    case RingVerb::sync_data:
      return "fdatasync";
  }
  return "";
}

IoKind kind_of(RingVerb verb) noexcept {
  switch (verb) {
    case RingVerb::read:
      return IoKind::read;
    case RingVerb::write:
      return IoKind::write;
    case RingVerb::sync:
    case RingVerb::sync_data:
      break;
  }
  return IoKind::sync;
}

/// Interrupted, or dropped by the kernel because the thread that submitted it has ended. Not what a file answers.
bool came_to_nothing(int result) noexcept { return result == -EINTR || result == -ECANCELED; }

/// io_uring takes the highest offset for "where the file's own position is".
void check_offset(std::uint64_t offset, RingVerb verb) {
  if (offset > static_cast<std::uint64_t>(INT64_MAX)) throw Error::from_errno(EINVAL, step_of(verb));
}

class UringBackend final : public IoBackend {
 public:
  UringBackend(Runtime& runtime, std::shared_ptr<IoBackend> threads)
      : runtime_(runtime),
        slabs_(std::make_shared<const SlabOwner>(runtime.pool())),
        threads_(std::move(threads)),
        resident_(runtime) {}

  std::string_view name() const noexcept override { return "uring"; }

  Task<ReadDone> co_read_at(FilePtr file, std::uint64_t offset, Buffer into, std::size_t want) override {
    check_offset(offset, RingVerb::read);
    if (resident_.is_fresh(into.data())) co_await resident_.co_make_resident(into.data());
    RingRequest request(RingVerb::read, file);
    request.offset = offset;
    request.bytes = std::min(want, into.size());
    request.into = std::move(into);
    RingOutcome outcome = co_await co_perform(std::move(request));
    if (outcome.result == -EAGAIN) {
      ReadDone slow = co_await threads_->co_read_at(file, offset, std::move(outcome.request.into), want);
      co_return std::move(slow);
    }
    ReadDone done;
    done.buffer = std::move(outcome.request.into);
    done.bytes = static_cast<std::size_t>(outcome.result);
    co_return std::move(done);
  }

  Task<> co_write_at(FilePtr file, std::uint64_t offset, Chunk from) override {
    check_offset(offset, RingVerb::write);
    if (!from.empty() && resident_.is_fresh(from.data())) co_await resident_.co_make_resident(from.data());
    while (!from.empty()) {
      RingRequest request(RingVerb::write, file);
      request.offset = offset;
      request.bytes = from.size();
      request.from = from;
      const RingOutcome outcome = co_await co_perform(std::move(request));
      if (outcome.result == -EAGAIN) {
        co_await threads_->co_write_at(file, offset, from);
        co_return;
      }
      if (outcome.result == 0) throw Error::from_errno(EIO, "write: the system accepts no more bytes");
      from = from.from(static_cast<std::size_t>(outcome.result));
      offset += static_cast<std::size_t>(outcome.result);
    }
  }

  Task<> co_sync(FilePtr file, bool data_only) override {
    RingRequest request(data_only ? RingVerb::sync_data : RingVerb::sync, file);
    const RingOutcome outcome = co_await co_perform(std::move(request));
    if (outcome.result == -EAGAIN) co_await threads_->co_sync(file, data_only);
  }

  Task<int> co_try(std::string_view step, std::function<int()> call) override {
    const int value = co_await threads_->co_try(step, std::move(call));
    co_return value;
  }

 private:
  /// Submits until there is an answer: a number of bytes, or -EAGAIN where the file can only be used by waiting for it.
  /// An error of the file's goes before a cancellation: it may be told only once.
  Task<RingOutcome> co_perform(RingRequest request) {
    const RingVerb verb = request.verb;
    request.slabs = slabs_;
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    RingService* const service = RingService::of(executor);
    if (service == nullptr) {
      say_once_that_memory_is_short();
      RingOutcome outcome;
      outcome.result = -EAGAIN;
      outcome.request = std::move(request);
      co_return std::move(outcome);
    }
    for (;;) {
      IoSpan span(runtime_.observer(), kind_of(verb));
      auto operation = service->perform(std::move(request), std::move(span));
      RingOutcome outcome = co_await std::move(operation);
      const int result = outcome.result;
      if (result < 0 && result != -EAGAIN && !came_to_nothing(result)) throw Error::from_errno(-result, step_of(verb));
      if (outcome.cancelled) throw Error(ErrorKind::cancelled, "cancelled during I/O");
      if (!came_to_nothing(result)) co_return std::move(outcome);
      request = std::move(outcome.request);
    }
  }

  void say_once_that_memory_is_short() {
    if (said_that_memory_is_short_.exchange(true)) return;
    runtime_.observer().warn(
        "there is too little locked memory for another io_uring, some files go through threads: raise the limit with: "
        "ulimit -l unlimited");
  }

  Runtime& runtime_;
  std::atomic<bool> said_that_memory_is_short_ = false;
  std::shared_ptr<const SlabOwner> slabs_;
  std::shared_ptr<IoBackend> threads_;
  ResidentSlabs resident_;
};

}  // namespace

std::shared_ptr<IoBackend> make_uring_backend(Runtime& runtime, std::shared_ptr<IoBackend> threads) {
  return std::make_shared<UringBackend>(runtime, std::move(threads));
}

}  // namespace coffer
