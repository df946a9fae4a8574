#include "async/run_or_drop.hpp"

#include <atomic>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <coffer/base/error.hpp>
#include <gtest/gtest.h>

#include "async/helper_threads.hpp"
#include "async/one_at_a_time.hpp"
#include "async/task_group.hpp"
#include "support/test_loop.hpp"

namespace coffer {
namespace {

using test::LoopKind;
using test::TestLoop;

/// What other threads wait for and look at.
struct Stage {
  std::promise<void> began;
  std::promise<void> gate;
  std::shared_future<void> opened = gate.get_future().share();
  std::atomic<bool> has_ended = false;
  std::optional<ErrorKind> thrown;
};

Task<> co_call(HelperThreads& threads, std::shared_ptr<Stage> stage, std::function<void()> call) {
  std::exception_ptr thrown;
  stage->began.set_value();
  try {
    co_await co_run_or_drop(threads, std::move(call));
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown) stage->thrown = to_error(thrown).kind();
}

class RunOrDropTest : public testing::TestWithParam<LoopKind> {
 protected:
  void spawn(std::function<void()> call) {
    group.spawn(executor, co_call(threads, stage, std::move(call)));
    stage->began.get_future().wait();
  }
  /// Returns when the task knows.
  void cancel() {
    group.cancel_all();
    std::promise<void> told;
    boost::asio::post(executor, [&told] { told.set_value(); });
    told.get_future().wait();
  }

  TestLoop loop{GetParam()};
  boost::asio::any_io_executor executor = one_at_a_time(loop.runtime());
  HelperThreads threads{1};
  TaskGroup group;
  std::shared_ptr<Stage> stage = std::make_shared<Stage>();
};

INSTANTIATE_TEST_SUITE_P(, RunOrDropTest, testing::ValuesIn(test::all_loop_kinds),
                         [](const auto& info) { return test::to_string(info.param); });

TEST_P(RunOrDropTest, a_call_runs_on_another_thread_and_what_it_throws_comes_through) {
  std::thread::id where;
  loop.run(co_run_or_drop(threads, [&] { where = std::this_thread::get_id(); }));
  EXPECT_NE(where, std::thread::id());
  EXPECT_NE(where, std::this_thread::get_id());
  spawn([] { throw Error(ErrorKind::io, "broken"); });
  loop.run(group.co_empty());
  EXPECT_EQ(stage->thrown, ErrorKind::io);
}

TEST_P(RunOrDropTest, a_call_that_has_not_started_never_runs_once_it_is_cancelled) {
  threads.post([opened = stage->opened] { opened.wait(); });
  spawn([stage = stage] { stage->has_ended = true; });
  cancel();
  loop.run(group.co_empty());  // While the one thread is still taken.
  EXPECT_EQ(stage->thrown, ErrorKind::cancelled);
  stage->gate.set_value();
  threads.stop();
  EXPECT_FALSE(stage->has_ended);
}

TEST_P(RunOrDropTest, a_call_that_has_started_is_waited_for) {
  std::promise<void> started;
  spawn([&started, stage = stage] {
    started.set_value();
    stage->opened.wait();
    stage->has_ended = true;
  });
  started.get_future().wait();
  cancel();
  EXPECT_EQ(group.size(), 1U);
  stage->gate.set_value();
  loop.run(group.co_empty());
  EXPECT_TRUE(stage->has_ended);
  EXPECT_EQ(stage->thrown, ErrorKind::cancelled);
}

}  // namespace
}  // namespace coffer
