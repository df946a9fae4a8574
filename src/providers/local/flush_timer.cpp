#include "providers/local/flush_timer.hpp"

#include <chrono>
#include <utility>

#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "async/task_scope.hpp"

namespace coffer {
namespace {

// Soon for a person, and seldom enough for the disk.
constexpr std::chrono::milliseconds longest_hold(20);

}  // namespace

FlushTimer::FlushTimer(Runtime& runtime, std::shared_ptr<BlockWriter> writer)
    : runtime_(runtime), writer_(std::move(writer)) {}

FlushTimer::Turn::~Turn() {
  if (!timer_) return;
  {
    const std::lock_guard lock(timer_->mutex_);
    timer_->taken_ = false;
  }
  timer_->freed_.notify_all();
}

Task<> FlushTimer::co_take_turn() {
  for (;;) {
    const std::uint64_t seen = freed_.epoch();
    {
      const std::lock_guard lock(mutex_);
      if (!std::exchange(taken_, true)) co_return;
    }
    co_await freed_.co_wait_shielded(seen);
  }
}

Task<FlushTimer::Turn> FlushTimer::co_turn() {
  co_await co_take_turn();
  Turn turn(shared_from_this());
  if (failed_) std::rethrow_exception(failed_);
  co_return std::move(turn);
}

void FlushTimer::wrote() {
  if (writer_->submitted() == writer_->size() || std::exchange(running_, true)) return;
  runtime_.scope().spawn(runtime_.executor(), run(shared_from_this(), writer_->size()));
}

void FlushTimer::stop() noexcept {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
}

bool FlushTimer::is_stopped() {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

// A writer that is fast fills its blocks by itself: then only the clock runs here.
Task<> FlushTimer::run(std::shared_ptr<FlushTimer> self, std::uint64_t due) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (bool more = true; more;) {
    timer.expires_after(longest_hold);
    co_await timer.async_wait(boost::asio::deferred);
    co_await self->co_take_turn();
    const Turn turn(self);
    try {
      if (!self->is_stopped() && self->writer_->submitted() < due) co_await self->writer_->co_flush();
    } catch (...) {
      self->failed_ = std::current_exception();
    }
    due = self->writer_->size();
    more = !self->failed_ && !self->is_stopped() && self->writer_->submitted() < due;
    self->running_ = more;
  }
}

}  // namespace coffer
