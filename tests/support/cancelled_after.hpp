#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/async/task.hpp>
#include <coffer/base/error.hpp>

#include "async/signal.hpp"

namespace coffer::test {

/// What is now in the executor's queue has run when it returns.
inline Task<> co_turn() {
  const auto executor = co_await boost::asio::this_coro::executor;
  co_await boost::asio::post(executor, boost::asio::deferred);
}

/// Starts it, cancels it after some turns of the strand that it is awaited on, and waits for its end. Nothing where it
/// was cancelled; throws what else it threw.
template <class T>
Task<std::optional<T>> co_cancelled_after(Task<T> task, unsigned turns) {
  const boost::asio::any_io_executor strand = co_await boost::asio::this_coro::executor;
  boost::asio::cancellation_signal signal;
  Signal ended;
  std::optional<T> value;
  std::exception_ptr thrown;
  const std::uint64_t before = ended.epoch();
  auto on_end = [&](const std::exception_ptr& error, T result) {
    if (error) {
      thrown = error;
    } else {
      value = std::move(result);
    }
    ended.notify_all();
  };
  boost::asio::co_spawn(strand, std::move(task), boost::asio::bind_cancellation_slot(signal.slot(), std::move(on_end)));
  for (unsigned i = 0; i < turns && ended.epoch() == before; ++i) co_await co_turn();
  signal.emit(boost::asio::cancellation_type::terminal);
  co_await ended.co_wait(before);
  if (thrown && to_error(thrown).kind() != ErrorKind::cancelled) std::rethrow_exception(thrown);
  co_return std::move(value);
}

}  // namespace coffer::test
