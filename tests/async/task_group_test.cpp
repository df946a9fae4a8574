#include "async/task_group.hpp"

#include <atomic>
#include <exception>
#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <coffer/base/error.hpp>
#include <gtest/gtest.h>

#include "async/one_at_a_time.hpp"
#include "async/signal.hpp"
#include "support/test_loop.hpp"

namespace coffer {
namespace {

using test::LoopKind;
using test::TestLoop;

Task<> co_wait_for_ever(std::shared_ptr<std::atomic<int>> running, std::shared_ptr<Signal> started) {
  ++*running;
  started->notify_all();
  std::exception_ptr thrown;
  Signal never;
  try {
    co_await never.co_wait(never.epoch());
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown && to_error(thrown).kind() == ErrorKind::cancelled) --*running;
}

Task<> co_until(std::shared_ptr<std::atomic<int>> running, std::shared_ptr<Signal> started, int count) {
  for (;;) {
    const std::uint64_t seen = started->epoch();
    if (*running == count) co_return;
    co_await started->co_wait(seen);
  }
}

class TaskGroupTest : public testing::TestWithParam<LoopKind> {
 protected:
  TestLoop loop{GetParam()};
  TaskGroup group;
  std::shared_ptr<std::atomic<int>> running = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<Signal> started = std::make_shared<Signal>();
};

INSTANTIATE_TEST_SUITE_P(, TaskGroupTest, testing::ValuesIn(test::all_loop_kinds),
                         [](const auto& info) { return test::to_string(info.param); });

TEST_P(TaskGroupTest, all_are_cancelled_and_waited_for) {
  for (int i = 0; i < 5; ++i) group.spawn(one_at_a_time(loop.runtime()), co_wait_for_ever(running, started));
  loop.run(co_until(running, started, 5));
  EXPECT_EQ(group.size(), 5U);
  group.cancel_all();
  loop.run(group.co_empty());
  EXPECT_EQ(*running, 0);
  EXPECT_EQ(group.size(), 0U);
}

TEST_P(TaskGroupTest, nothing_starts_after_the_end) {
  group.cancel_all();
  group.spawn(one_at_a_time(loop.runtime()), co_wait_for_ever(running, started));
  loop.run(group.co_empty());
  EXPECT_EQ(*running, 0);
}

Task<> co_spawn_and_post(TaskGroup& group, Runtime& runtime, std::shared_ptr<std::atomic<int>> running,
                         std::shared_ptr<Signal> started) {
  for (int i = 0; i < 4; ++i) group.spawn(one_at_a_time(runtime), co_wait_for_ever(running, started));
  co_return;
}

TEST_P(TaskGroupTest, a_cancellation_on_the_heels_of_a_start_is_not_lost) {
  // From within a loop, whose own posts wait for the end of the handler, and from another thread at the same time.
  for (int i = 0; i < 200; ++i) {
    TaskGroup each;
    std::thread other([&] { each.cancel_all(); });
    loop.run(co_spawn_and_post(each, loop.runtime(), running, started));
    other.join();
    loop.run(each.co_empty());
    ASSERT_EQ(*running, 0);
  }
}

Task<> co_return_at_once() { co_return; }

TEST_P(TaskGroupTest, those_that_end_by_themselves_leave) {
  for (int i = 0; i < 5; ++i) group.spawn(one_at_a_time(loop.runtime()), co_return_at_once());
  group.spawn(one_at_a_time(loop.runtime()), co_wait_for_ever(running, started));
  loop.run(group.co_fewer_than(2));
  EXPECT_EQ(group.size(), 1U);
  group.cancel_all();
  loop.run(group.co_empty());
}

TEST(TaskGroup, a_task_that_is_destroyed_with_its_loop_has_left) {
  TaskGroup group;
  auto context = std::make_unique<boost::asio::io_context>();
  auto running = std::make_shared<std::atomic<int>>(0);
  auto started = std::make_shared<Signal>();
  group.spawn(context->get_executor(), co_wait_for_ever(running, started));
  group.spawn(context->get_executor(), co_wait_for_ever(running, started));
  context->run_one();
  EXPECT_EQ(*running, 1);
  EXPECT_EQ(group.size(), 2U);
  context.reset();
  EXPECT_EQ(group.size(), 0U);
}

}  // namespace
}  // namespace coffer
