#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include "io_backends/uring/registered_slabs.hpp"
#include "io_backends/uring/ring.hpp"
#include "io_backends/uring/ring_operation.hpp"

namespace coffer {

/// The ring of one execution context. Thread-safe. Its end waits for every operation in flight and destroys the
/// coroutines that awaited them without resuming them.
class RingService : public boost::asio::execution_context::service {
 public:
  using key_type = RingService;
  static boost::asio::execution_context::id id;
  explicit RingService(boost::asio::execution_context& context) : service(context) {}

  /// The service of the context that `executor` runs on, its ring made where it had none. Null where there is too
  /// little locked memory for one, then and ever after. Throws Error.
  static RingService* of(const boost::asio::any_io_executor& executor);

  /// An operation to await, of signature void(RingOutcome). `span` is that of its time in flight.
  auto perform(RingRequest request, IoSpan span);

 private:
  template <class Handler>
  class Awaited;

  void shutdown() override;
  bool open(const boost::asio::any_io_executor& executor);
  void make_ring(const boost::asio::any_io_executor& executor);
  void start(RingOperations one);
  void cancel(RingOperation& operation);

  // With the mutex held:
  bool worth_submitting(const RingOperation& newest) const noexcept;
  void submit_queued();
  void prepare_queued();
  bool hand_over();
  void note_submitted(int count);
  void fail_unsubmitted(int result);
  void end(RingOperations& from, RingOperations::iterator which, int result);
  std::size_t reap();
  void ask_to_cancel(RingOperation& operation);
  void arm();
  void schedule_flush();
  void schedule_drain();
  void end_all_in_flight();

  void on_event();
  void drain();

  std::mutex mutex_;
  std::unique_ptr<Ring> ring_;
  RegisteredSlabs slabs_;
  RingOperations queued_;
  RingOperations prepared_;
  RingOperations in_flight_;
  RingOperations done_;
  boost::asio::any_io_executor loop_;
  std::optional<boost::asio::posix::stream_descriptor> event_;
  std::thread::id draining_;  ///< The thread that will flush at the end of its drain.
  int refused_ = 0;           ///< Why the kernel takes no more submissions, a negative errno.
  bool own_thread_ = false;   ///< Only one thread, a Runtime's own, runs this context.
  bool no_memory_ = false;
  bool armed_ = false;
  bool flush_posted_ = false;
  bool drain_posted_ = false;
  bool closed_ = false;
};

template <class Handler>
class RingService::Awaited final : public RingOperation {
 public:
  Awaited(RingRequest what, IoSpan span, Handler handler)
      : RingOperation(std::move(what), std::move(span)),
        handler_(std::move(handler)),
        work_(boost::asio::get_associated_executor(handler_)) {}

  /// On the executor, before the operation starts: it may end on another thread at once.
  void listen_for_cancellation(RingService& service) {
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    if (!slot.is_connected()) return;
    slot.assign([this, &service](boost::asio::cancellation_type type) {
      if ((type & boost::asio::cancellation_type::terminal) == boost::asio::cancellation_type::none) return;
      cancelled_ = true;
      service.cancel(*this);
    });
  }

  void resume(std::unique_ptr<RingOperation> self, bool may_run_here) override {
    const boost::asio::any_io_executor executor = work_.get_executor();
    auto finish = [this, self = std::move(self)]() mutable { this->finish(std::move(self)); };
    if (may_run_here) {
      boost::asio::dispatch(executor, std::move(finish));
    } else {
      boost::asio::post(executor, std::move(finish));
    }
  }

 private:
  void finish(std::unique_ptr<RingOperation> self) {
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    if (slot.is_connected()) slot.clear();
    RingOutcome outcome;
    outcome.result = result;
    outcome.cancelled = cancelled_;
    outcome.request = std::move(request);
    Handler handler = std::move(handler_);
    const auto work = std::move(work_);
    self.reset();
    std::move(handler)(std::move(outcome));
  }

  Handler handler_;
  boost::asio::executor_work_guard<boost::asio::any_io_executor> work_;
  bool cancelled_ = false;  ///< Touched on the executor only.
};

inline auto RingService::perform(RingRequest request, IoSpan span) {
  return boost::asio::async_initiate<const boost::asio::deferred_t&, void(RingOutcome)>(
      [this](auto handler, RingRequest what, IoSpan time) {
        using Handler = decltype(handler);
        auto operation = std::make_unique<Awaited<Handler>>(std::move(what), std::move(time), std::move(handler));
        operation->listen_for_cancellation(*this);
        RingOperations one;
        one.push_back(std::move(operation));
        start(std::move(one));
      },
      boost::asio::deferred, std::move(request), std::move(span));
}

}  // namespace coffer
