#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "async/signal.hpp"
#include "async/task_scope.hpp"

namespace coffer {

/// A task that was started and is awaited later, from any thread. Dropping it abandons the result, not the task: what
/// the task uses belongs to the task. Move-only, T is not void (return a named struct or bool).
template <class T>
class Started {
 public:
  Started() = default;
  explicit operator bool() const noexcept { return state_ != nullptr; }

  bool done() const {
    const std::lock_guard lock(state_->mutex);
    return state_->value.has_value() || state_->error != nullptr;
  }

  /// Once. Throws what the task threw; Error{cancelled} where this wait is cancelled (the task goes on).
  Task<T> co_result() {
    const std::shared_ptr<State> state = state_;
    while (!done()) {
      const std::uint64_t seen = state->signal.epoch();
      if (done()) break;
      co_await state->signal.co_wait(seen);
    }
    co_return take(*state);
  }

  /// The same, deaf to cancellation.
  Task<T> co_result_shielded() {
    const std::shared_ptr<State> state = state_;
    while (!done()) {
      const std::uint64_t seen = state->signal.epoch();
      if (done()) break;
      co_await state->signal.co_wait_shielded(seen);
    }
    co_return take(*state);
  }

 private:
  struct State {
    std::mutex mutex;
    std::optional<T> value;
    std::exception_ptr error;
    Signal signal;
  };

  static T take(State& state) {
    const std::lock_guard lock(state.mutex);
    if (state.error) std::rethrow_exception(state.error);
    return std::move(*state.value);
  }

  static Task<> run(std::shared_ptr<State> state, Task<T> task) {
    std::optional<T> value;
    std::exception_ptr error;
    try {
      value.emplace(co_await std::move(task));
    } catch (...) {
      error = std::current_exception();
    }
    {
      const std::lock_guard lock(state->mutex);
      state->value = std::move(value);
      state->error = std::move(error);
    }
    state->signal.notify_all();
  }

  template <class U>
  friend Started<U> start(boost::asio::any_io_executor executor, Task<U> task);
  template <class U>
  friend Started<U> start(TaskScope& scope, boost::asio::any_io_executor executor, Task<U> task);

  std::shared_ptr<State> state_;
};

/// Starts a task on an executor, usually the caller's own (`co_await boost::asio::this_coro::executor`).
template <class T>
Started<T> start(boost::asio::any_io_executor executor, Task<T> task) {
  Started<T> started;
  started.state_ = std::make_shared<typename Started<T>::State>();
  boost::asio::co_spawn(executor, Started<T>::run(started.state_, std::move(task)), boost::asio::detached);
  return started;
}

/// The same in a scope: Runtime::co_close() waits also for what was dropped while it was running.
template <class T>
Started<T> start(TaskScope& scope, boost::asio::any_io_executor executor, Task<T> task) {
  Started<T> started;
  started.state_ = std::make_shared<typename Started<T>::State>();
  scope.spawn(executor, Started<T>::run(started.state_, std::move(task)));
  return started;
}

}  // namespace coffer
