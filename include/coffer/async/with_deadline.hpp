#pragma once

#include <chrono>
#include <exception>
#include <type_traits>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/async/task.hpp>
#include <coffer/base/error.hpp>

namespace coffer {

/// What with_deadline throws: Error{timed_out} that says after how long.
Error deadline_passed(std::chrono::nanoseconds limit);

/// Awaits `task` for at most `limit`, then cancels it, waits until it has ended and throws Error{timed_out}. A task
/// that completes all the same (a commit past its commit point) gives its result. Cancelling this cancels the task.
/// The task runs on a strand of this executor: on a loop of several threads the deadline comes on any of them.
template <class T>
Task<T> with_deadline(Task<T> task, std::chrono::nanoseconds limit) {
  namespace asio = boost::asio;
  const auto executor = asio::make_strand(co_await asio::this_coro::executor);
  asio::steady_timer timer(executor, std::chrono::duration_cast<std::chrono::steady_clock::duration>(limit));
  auto both = asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(task), asio::deferred),
                                                      timer.async_wait(asio::deferred));
  if constexpr (std::is_void_v<T>) {
    auto [order, failed, timer_failed] = co_await both.async_wait(asio::experimental::wait_for_one(), asio::deferred);
    if (!failed) co_return;
    if (order[0] == 1 && !timer_failed) throw deadline_passed(limit);
    std::rethrow_exception(failed);
  } else {
    auto [order, failed, value, timer_failed] =
        co_await both.async_wait(asio::experimental::wait_for_one(), asio::deferred);
    if (!failed) co_return std::move(value);
    if (order[0] == 1 && !timer_failed) throw deadline_passed(limit);
    std::rethrow_exception(failed);
  }
}

}  // namespace coffer
