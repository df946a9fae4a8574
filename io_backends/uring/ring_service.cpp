#include "io_backends/uring/ring_service.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include <boost/asio/io_context.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/system_error.hpp>
#include <coffer/base/error.hpp>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "async/loop_role.hpp"

namespace coffer {

namespace asio = boost::asio;

asio::execution_context::id RingService::id;

namespace {

/// Submissions collected for one system call. More run in lock-step: all are handed over at once and all end before the
/// loop wakes. (4 KiB reads at depth 16: 117k/s with 4, 91k/s without a limit; at depth 64: 185k/s with 8.)
constexpr std::size_t batch_when_few = 4;
constexpr std::size_t batch_when_many = 8;
constexpr std::size_t few_in_flight = 16;
/// Takes the device so long that waiting for others to share its system call gains nothing.
constexpr std::size_t large_operation = std::size_t{128} << 10U;
/// Coroutines resumed before the loop has its turn again, and bytes that they were waiting for: each MiB is hashed and
/// asked for anew, 0.1 to 0.2 ms. (64 streams on a loop: 1 % of its timers were late by 4 ms with 16 MiB, by 1 with 4.)
constexpr std::size_t most_resumed_per_turn = 16;
constexpr std::size_t most_bytes_per_turn = std::size_t{4} << 20U;
constexpr std::size_t most_per_submission = std::size_t{1} << 30U;

/// The loop itself beneath a strand: what is done for all operations must not wait for one user's strand.
asio::any_io_executor loop_beneath(const asio::any_io_executor& executor) {
  if (const auto* strand = executor.target<asio::strand<asio::any_io_executor>>()) {
    return loop_beneath(strand->get_inner_executor());
  }
  if (const auto* strand = executor.target<asio::strand<asio::io_context::executor_type>>()) {
    return strand->get_inner_executor();
  }
  return executor;
}

void clear_event(int event) noexcept {
  std::uint64_t signals = 0;
  // Nothing to read is as good: it is non-blocking, and only its level matters.
  [[maybe_unused]] const auto ignored = ::read(event, &signals, sizeof signals);
}

void prepare(io_uring_sqe& sqe, io_uring& ring, RegisteredSlabs& slabs, RingOperation& operation) {
  RingRequest& request = operation.request;
  const int file = request.file->descriptor();
  const auto bytes = static_cast<unsigned>(std::min(request.bytes, most_per_submission));
  switch (request.verb) {
    case RingVerb::read: {
      const auto slab = slabs.index_of(ring, request.slabs, request.into.data(), bytes);
      if (slab) {
        io_uring_prep_read_fixed(&sqe, file, request.into.data(), bytes, request.offset, static_cast<int>(*slab));
      } else {
        io_uring_prep_read(&sqe, file, request.into.data(), bytes, request.offset);
      }
      break;
    }
    case RingVerb::write: {
      const auto slab = slabs.index_of(ring, request.slabs, request.from.data(), bytes);
      if (slab) {
        io_uring_prep_write_fixed(&sqe, file, request.from.data(), bytes, request.offset, static_cast<int>(*slab));
      } else {
        io_uring_prep_write(&sqe, file, request.from.data(), bytes, request.offset);
      }
      break;
    }
    case RingVerb::sync:
      io_uring_prep_fsync(&sqe, file, 0);
      break;
    case RingVerb::sync_data:
      io_uring_prep_fsync(&sqe, file, IORING_FSYNC_DATASYNC);
      break;
  }
  io_uring_sqe_set_data(&sqe, &operation);
}

}  // namespace

RingService* RingService::of(const asio::any_io_executor& executor) {
  auto& service = asio::use_service<RingService>(asio::query(executor, asio::execution::context));
  return service.open(executor) ? &service : nullptr;
}

bool RingService::open(const asio::any_io_executor& executor) {
  const std::lock_guard lock(mutex_);
  if (ring_) return true;
  if (no_memory_) return false;
  try {
    make_ring(executor);
  } catch (const Error& error) {
    no_memory_ = error.code().value() == ENOMEM;
    if (!no_memory_) throw;
  }
  return ring_ != nullptr;
}

void RingService::make_ring(const asio::any_io_executor& executor) {
  own_thread_ = runs_on_own_thread(executor);
  auto ring = std::make_unique<Ring>(own_thread_);
  const int event = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (event < 0) throw Error::from_errno(errno, "eventfd");
  loop_ = loop_beneath(executor);
  try {
    event_.emplace(loop_, event);
  } catch (const boost::system::system_error& error) {
    ::close(event);
    throw Error::from_code(error.code(), "watching an eventfd");
  }
  ring->signal(event);
  ring_ = std::move(ring);
}

void RingService::start(RingOperations one) {
  const std::lock_guard lock(mutex_);
  RingOperation& operation = *one.front();
  operation.position = one.begin();
  queued_.splice(queued_.end(), one);
  if (worth_submitting(operation)) {
    submit_queued();
  } else {
    schedule_flush();
  }
}

void RingService::cancel(RingOperation& operation) {
  const std::lock_guard lock(mutex_);
  switch (operation.stage) {
    case RingOperation::Stage::queued:
      end(queued_, operation.position, -ECANCELED);
      schedule_drain();
      break;
    case RingOperation::Stage::prepared:
    case RingOperation::Stage::in_flight:
      ask_to_cancel(operation);
      break;
    case RingOperation::Stage::done:
      break;
  }
}

/// The kernel may refuse (a device's transfer cannot be called back), and where it has no room for the request nothing
/// is lost either: the operation ends by itself and its coroutine learns then that it was cancelled.
void RingService::ask_to_cancel(RingOperation& operation) {
  if (operation.cancel_sent || refused_ != 0) return;
  io_uring_sqe* const sqe = io_uring_get_sqe(&ring_->raw());
  if (sqe == nullptr) return;
  io_uring_prep_cancel(sqe, &operation, 0);
  io_uring_sqe_set_data(sqe, nullptr);
  operation.cancel_sent = true;
  prepared_.emplace_back(nullptr);
  submit_queued();
}

/// At once where the device is idle or will be busy with it for long; else when there is a batch, or at the end of the
/// loop's turn.
bool RingService::worth_submitting(const RingOperation& newest) const noexcept {
  if (in_flight_.empty() || newest.request.bytes >= large_operation) return true;
  return queued_.size() >= (in_flight_.size() <= few_in_flight ? batch_when_few : batch_when_many);
}

void RingService::submit_queued() {
  if (refused_ != 0) fail_unsubmitted(refused_);
  for (;;) {
    prepare_queued();
    if (prepared_.empty() || !hand_over()) break;
  }
  arm();
}

void RingService::prepare_queued() {
  while (!queued_.empty() && in_flight_.size() + prepared_.size() < ring_->most_in_flight()) {
    io_uring_sqe* const sqe = io_uring_get_sqe(&ring_->raw());
    if (sqe == nullptr) return;
    RingOperation& operation = *queued_.front();
    prepare(*sqe, ring_->raw(), slabs_, operation);
    operation.stage = RingOperation::Stage::prepared;
    prepared_.splice(prepared_.end(), queued_, queued_.begin());
  }
}

/// Submits what is prepared. False where it must wait: for an operation in flight to end, else for the loop's next
/// turn.
bool RingService::hand_over() {
  const int answer = io_uring_submit(&ring_->raw());
  if (answer > 0) {
    note_submitted(answer);
    return true;
  }
  if (answer == -EINTR) return true;
  if (answer == 0 || answer == -EAGAIN || answer == -EBUSY) {
    if (reap() > 0) {
      schedule_drain();
      return true;
    }
    if (in_flight_.empty()) schedule_flush();
    return false;
  }
  refused_ = answer;
  fail_unsubmitted(answer);
  return false;
}

// The kernel takes submissions in the order of the queue.
void RingService::note_submitted(int count) {
  for (; count > 0; --count) {
    const auto first = prepared_.begin();
    if (*first == nullptr) {
      prepared_.erase(first);
      continue;
    }
    (*first)->stage = RingOperation::Stage::in_flight;
    in_flight_.splice(in_flight_.end(), prepared_, first);
  }
}

/// A sandbox that was closed after the start, for example: the ring is never entered again, so what lies in its queue
/// stays unseen by the kernel.
void RingService::fail_unsubmitted(int result) {
  prepared_.remove(nullptr);
  while (!prepared_.empty()) end(prepared_, prepared_.begin(), result);
  while (!queued_.empty()) end(queued_, queued_.begin(), result);
  if (!done_.empty()) schedule_drain();
}

void RingService::end(RingOperations& from, RingOperations::iterator which, int result) {
  (*which)->end(result);
  done_.splice(done_.end(), from, which);
}

std::size_t RingService::reap() {
  std::array<io_uring_cqe*, 64> batch{};
  std::size_t ended = 0;
  for (;;) {
    const unsigned count = io_uring_peek_batch_cqe(&ring_->raw(), batch.data(), batch.size());
    if (count == 0) return ended;
    for (unsigned i = 0; i < count; ++i) {
      auto* const operation = static_cast<RingOperation*>(io_uring_cqe_get_data(batch[i]));
      if (operation == nullptr) continue;  // Of a request to cancel: the cancelled one answers for itself.
      end(in_flight_, operation->position, batch[i]->res);
      ++ended;
    }
    io_uring_cq_advance(&ring_->raw(), count);
  }
}

/// Watches the eventfd only while something is in flight: else the context's run() would never return.
void RingService::arm() {
  if (armed_ || closed_ || in_flight_.empty()) return;
  armed_ = true;
  event_->async_wait(asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (!error) on_event();
  });
}

void RingService::schedule_flush() {
  if (flush_posted_ || closed_ || draining_ == std::this_thread::get_id()) return;
  flush_posted_ = true;
  asio::post(loop_, [this] {
    const std::lock_guard lock(mutex_);
    flush_posted_ = false;
    submit_queued();
  });
}

void RingService::schedule_drain() {
  if (drain_posted_ || closed_) return;
  drain_posted_ = true;
  asio::post(loop_, [this] {
    {
      const std::lock_guard lock(mutex_);
      drain_posted_ = false;
    }
    drain();
  });
}

void RingService::on_event() {
  {
    const std::lock_guard lock(mutex_);
    armed_ = false;
    clear_event(event_->native_handle());  // Before looking: what ends later signals again.
  }
  drain();
}

void RingService::drain() {
  /// Also where a resumed coroutine throws: what it did not come to is resumed in the next turn.
  struct Turn {
    explicit Turn(RingService& of) : service(of), lock(of.mutex_) { service.draining_ = std::this_thread::get_id(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      if (!lock.owns_lock()) lock.lock();
      service.draining_ = {};
      service.submit_queued();
      if (!service.done_.empty()) service.schedule_drain();
    }
    RingService& service;
    std::unique_lock<std::mutex> lock;
  };

  Turn turn(*this);
  reap();
  submit_queued();
  std::size_t bytes = 0;
  for (std::size_t count = 0; count < most_resumed_per_turn && bytes < most_bytes_per_turn && !done_.empty(); ++count) {
    RingOperations one;
    one.splice(one.begin(), done_, done_.begin());
    bytes += one.front()->request.bytes;
    // Where several threads may run this context, they share the coroutines; the last one is this thread's.
    const bool may_run_here = own_thread_ || done_.empty();
    turn.lock.unlock();
    RingOperation& operation = *one.front();
    operation.resume(std::move(one.front()), may_run_here);
    turn.lock.lock();
  }
}

void RingService::shutdown() {
  RingOperations left;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    left.splice(left.end(), queued_);
    if (ring_) end_all_in_flight();
    event_.reset();
    ring_.reset();
    left.splice(left.end(), done_);
  }
  left.clear();  // Destroys the coroutines where they stand.
}

void RingService::end_all_in_flight() {
  io_uring_sqe* const sqe = io_uring_get_sqe(&ring_->raw());
  if (sqe != nullptr && refused_ == 0 && !in_flight_.empty()) {
    io_uring_prep_cancel(sqe, nullptr, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL);
    io_uring_sqe_set_data(sqe, nullptr);
    prepared_.emplace_back(nullptr);
  }
  submit_queued();
  for (;;) {
    reap();
    if (!prepared_.empty()) submit_queued();
    if (in_flight_.empty() && prepared_.empty()) return;
    if (!prepared_.empty()) continue;
    pollfd event{event_->native_handle(), POLLIN, 0};
    ::poll(&event, 1, -1);
    clear_event(event.fd);
  }
}

}  // namespace coffer
