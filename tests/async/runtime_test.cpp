#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <coffer/async/runtime.hpp>
#include <coffer/async/with_deadline.hpp>
#include <coffer/base/error.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "async/helper_threads.hpp"
#include "async/loop_role.hpp"
#include "async/reaper.hpp"
#include "async/started.hpp"
#include "async/task_scope.hpp"
#include "support/test_loop.hpp"

namespace coffer {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using test::LoopKind;
using test::TestLoop;

Task<int> co_number(int value) { co_return value; }

Task<int> co_fail() {
  throw Error(ErrorKind::not_found, "nothing here");
  co_return 0;
}

Task<> co_sleep(std::chrono::nanoseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor,
                           std::chrono::duration_cast<std::chrono::steady_clock::duration>(time));
  co_await timer.async_wait(asio::use_awaitable);
}

Task<bool> co_never(Signal& signal) {
  co_await signal.co_wait(signal.epoch());
  co_return true;
}

Task<> co_go_round() {
  const auto executor = co_await asio::this_coro::executor;
  for (;;) co_await asio::post(executor, asio::deferred);
}

class RuntimeOn : public testing::TestWithParam<LoopKind> {
 protected:
  TestLoop loop{GetParam()};
};

TEST_P(RuntimeOn, runs_a_task_and_gives_its_result) { EXPECT_EQ(loop.run(co_number(42)), 42); }

TEST_P(RuntimeOn, rethrows_what_a_task_throws) {
  try {
    loop.run(co_fail());
    FAIL() << "did not throw";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
  }
}

TEST_P(RuntimeOn, a_deadline_cancels_and_waits_for_the_end) {
  Signal never;
  try {
    loop.run(with_deadline(co_never(never), 5ms));
    FAIL() << "did not time out";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::timed_out);
    EXPECT_EQ(error.message(), "not done within 5 ms: the deadline passed");
    EXPECT_EQ(error.retry(), Retry::yes);
  }
}

TEST_P(RuntimeOn, a_deadline_meets_a_task_that_runs_on_another_thread) {
  for (int i = 0; i < 50; ++i) {
    try {
      loop.run(with_deadline(co_go_round(), 1ms));
      FAIL() << "did not time out";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::timed_out);
    }
  }
}

TEST_P(RuntimeOn, a_task_within_its_deadline_gives_its_result_or_its_own_error) {
  EXPECT_EQ(loop.run(with_deadline(co_number(7), 1h)), 7);
  loop.run(with_deadline(co_sleep(1ms), 1h));
  try {
    loop.run(with_deadline(co_fail(), 1h));
    FAIL() << "did not throw";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
  }
}

TEST_P(RuntimeOn, the_awaitable_operators_of_asio_compose) {
  using namespace asio::experimental::awaitable_operators;
  Signal never;
  auto either = [](Signal& signal) -> Task<std::size_t> {
    auto first = co_await (co_never(signal) || co_sleep(1ms));
    co_return first.index();
  };
  EXPECT_EQ(loop.run(either(never)), 1U);
}

TEST_P(RuntimeOn, blocking_calls_run_on_helper_threads_and_come_back) {
  auto body = [](HelperThreads& helpers) -> Task<bool> {
    const auto executor = co_await asio::this_coro::executor;
    const auto here = std::this_thread::get_id();
    const auto there = co_await helpers.co_run([] { return std::this_thread::get_id(); });
    co_return here != there&& executor == co_await asio::this_coro::executor;
  };
  EXPECT_TRUE(loop.run(body(loop.runtime().helpers())));
  auto failing = [](HelperThreads& helpers) -> Task<> {
    co_await helpers.co_run([] { throw std::runtime_error("from a helper"); });
  };
  EXPECT_THROW(loop.run(failing(loop.runtime().helpers())), std::runtime_error);
}

TEST_P(RuntimeOn, knows_whose_thread_a_loop_is) {
  auto body = []() -> Task<bool> { co_return runs_on_own_thread(co_await asio::this_coro::executor); };
  EXPECT_EQ(loop.run(body()), !loop.runtime().attached());
}

TEST_P(RuntimeOn, close_waits_for_what_was_dropped) {
  std::atomic<int> done = 0;
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  for (int i = 0; i < 20; ++i) loop.runtime().reaper()->take([&done] { ++done; });
  loop.runtime().reaper()->close_descriptor(pipe_ends[1]);
  EXPECT_TRUE(loop.run(loop.runtime().co_close(1h)));
  EXPECT_EQ(done, 20);
  char byte = 0;
  EXPECT_EQ(::read(pipe_ends[0], &byte, 1), 0) << "the end, for nobody holds the other side";
  ::close(pipe_ends[0]);
}

TEST_P(RuntimeOn, close_gives_up_at_its_deadline) {
  std::promise<void> release;
  loop.runtime().reaper()->take([gate = release.get_future().share()] { gate.wait(); });
  EXPECT_FALSE(loop.run(loop.runtime().co_close(1ms)));
  release.set_value();
  EXPECT_TRUE(loop.run(loop.runtime().co_close(1h)));
}

TEST_P(RuntimeOn, a_scope_knows_when_its_tasks_have_ended) {
  std::atomic<int> ended = 0;
  auto body = [](std::atomic<int>& count) -> Task<> {
    co_await co_sleep(1ms);
    ++count;
  };
  for (int i = 0; i < 10; ++i) loop.runtime().scope().spawn(loop.runtime().executor(), body(ended));
  loop.run(loop.runtime().scope().co_empty());
  EXPECT_EQ(ended, 10);
}

TEST_P(RuntimeOn, a_started_task_that_is_dropped_goes_on_to_its_end) {
  auto body = [](std::shared_ptr<std::atomic<int>> count) -> Task<bool> {
    co_await co_sleep(1ms);
    ++*count;
    co_return true;
  };
  const auto count = std::make_shared<std::atomic<int>>(0);
  {
    const auto dropped = start<bool>(loop.runtime().executor(), body(count));
  }
  while (*count == 0) std::this_thread::yield();
  EXPECT_EQ(*count, 1);
}

INSTANTIATE_TEST_SUITE_P(Loops, RuntimeOn, testing::ValuesIn(test::all_loop_kinds),
                         [](const auto& info) { return test::to_string(info.param); });

TEST(Runtime, ends_with_tasks_in_flight) {
  Signal never;
  Runtime runtime(RuntimeConfig().threads(2));
  for (int i = 0; i < 10; ++i)
    runtime.scope().spawn(runtime.executor(), [](Signal& s) -> Task<> { co_await s.co_wait(s.epoch()); }(never));
}

TEST(Runtime, an_attached_one_refuses_to_block) {
  asio::io_context context;
  Runtime runtime(context);
  try {
    runtime.run(co_number(1));
    FAIL() << "did not throw";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
  }
}

TEST(RuntimeDeathTest, run_from_an_own_thread_says_that_it_would_wait_for_itself) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto body = [](Runtime& runtime) -> Task<int> { co_return runtime.run(co_number(1)); };
  EXPECT_DEATH(
      {
        Runtime runtime;
        runtime.run(body(runtime));
      },
      "would wait for itself");
}

TEST(Runtime, an_io_context_may_go_while_helpers_still_work_for_it) {
  std::atomic<int> resumed = 0;
  std::promise<void> release;
  auto body = [](HelperThreads& helpers, std::shared_future<void> gate, std::atomic<int>& count) -> Task<> {
    auto call = [gate] { gate.wait(); };
    co_await helpers.co_run(std::move(call));
    ++count;
  };
  auto context = std::make_unique<asio::io_context>();
  Runtime runtime(*context);
  runtime.scope().spawn(context->get_executor(), body(runtime.helpers(), release.get_future().share(), resumed));
  context->poll();
  context.reset();
  release.set_value();
  runtime.helpers().stop();
  EXPECT_EQ(resumed, 0);
}

}  // namespace
}  // namespace coffer
