#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/async/task.hpp>
#include <coffer/base/error.hpp>
#include <gtest/gtest.h>

#include "async/signal.hpp"
#include "support/cancelled_after.hpp"

namespace coffer::test {

/// The error that a task ends with; a failed expectation where it has none.
template <class T>
Task<Error> co_error_of(Task<T> task) {
  Error caught;
  bool thrown = false;
  try {
    co_await std::move(task);
  } catch (const Error& error) {
    caught = error;
    thrown = true;
  }
  EXPECT_TRUE(thrown);
  co_return caught;
}

/// Starts one operation, lets it get going, cancels it, calls `afterwards`, and gives the error that it ended with. On
/// a strand.
template <class T>
Task<Error> co_cancelled(Task<T> task, std::function<void()> afterwards = {}) {
  const boost::asio::any_io_executor strand = co_await boost::asio::this_coro::executor;
  boost::asio::cancellation_signal signal;
  Signal ended;
  Error error;
  const std::uint64_t before = ended.epoch();
  auto on_end = [&error, &ended](const std::exception_ptr& thrown, auto&&... /*value*/) {
    if (thrown) error = to_error(thrown);
    ended.notify_all();
  };
  boost::asio::co_spawn(strand, std::move(task), boost::asio::bind_cancellation_slot(signal.slot(), std::move(on_end)));
  for (int i = 0; i < 3; ++i) co_await co_turn();
  signal.emit(boost::asio::cancellation_type::terminal);
  if (afterwards) afterwards();
  co_await ended.co_wait(before);
  co_return error;
}

}  // namespace coffer::test
