#include "async/signal.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/base/error.hpp>
#include <gtest/gtest.h>

#include "async/started.hpp"
#include "support/test_loop.hpp"

namespace coffer {
namespace {

namespace asio = boost::asio;
using test::LoopKind;
using test::TestLoop;

Task<bool> co_wait_for(Signal& signal, std::uint64_t seen) {
  co_await signal.co_wait(seen);
  co_return true;
}

Task<std::thread::id> co_where() { co_return std::this_thread::get_id(); }

class SignalOn : public testing::TestWithParam<LoopKind> {
 protected:
  TestLoop loop{GetParam()};
};

TEST_P(SignalOn, a_notification_between_looking_and_waiting_is_not_lost) {
  Signal signal;
  const auto seen = signal.epoch();
  signal.notify_all();
  EXPECT_TRUE(loop.run(co_wait_for(signal, seen)));
}

TEST_P(SignalOn, wakes_every_waiter_from_another_thread) {
  Signal signal;
  const auto seen = signal.epoch();
  std::vector<Started<bool>> waiters;
  for (int i = 0; i < 100; ++i) waiters.push_back(start(loop.runtime().executor(), co_wait_for(signal, seen)));
  std::thread other([&] { signal.notify_all(); });
  for (auto& waiter : waiters) EXPECT_TRUE(loop.run(waiter.co_result()));
  other.join();
}

TEST_P(SignalOn, resumes_on_the_executor_of_the_waiter) {
  Signal signal;
  auto strand = asio::make_strand(loop.runtime().executor());
  auto body = [](Signal& s, auto executor) -> Task<bool> {
    co_await s.co_wait(s.epoch());
    co_return executor.running_in_this_thread();
  };
  auto started = start<bool>(strand, body(signal, strand));
  while (!started.done()) {
    signal.notify_all();
    std::this_thread::yield();
  }
  EXPECT_TRUE(loop.run(started.co_result()));
}

TEST_P(SignalOn, notifications_and_cancellations_race_without_losing_a_waiter) {
  for (int round = 0; round < 300; ++round) {
    Signal signal;
    auto strand = asio::make_strand(loop.runtime().executor());
    asio::cancellation_signal cancel;
    std::atomic<int> ended = 0;
    asio::co_spawn(strand, co_wait_for(signal, signal.epoch()),
                   asio::bind_cancellation_slot(cancel.slot(), [&](const std::exception_ptr&, bool) { ++ended; }));
    std::thread notifier([&] { signal.notify_all(); });
    asio::post(strand, [&] { cancel.emit(asio::cancellation_type::terminal); });
    notifier.join();
    while (ended == 0) std::this_thread::yield();
    // The strand has let go of `cancel` before it is destroyed.
    loop.run(asio::co_spawn(strand, co_where(), asio::use_awaitable));
    EXPECT_EQ(ended, 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Loops, SignalOn, testing::ValuesIn(test::all_loop_kinds),
                         [](const auto& info) { return test::to_string(info.param); });

TEST(Signal, a_cancelled_wait_throws_an_error_of_its_own_kind) {
  asio::io_context context;
  Signal signal;
  asio::cancellation_signal cancel;
  std::exception_ptr error;
  asio::co_spawn(context, signal.co_wait(signal.epoch()),
                 asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr e) { error = e; }));
  context.poll();
  cancel.emit(asio::cancellation_type::terminal);
  context.run();
  ASSERT_TRUE(error);
  EXPECT_EQ(to_error(error).kind(), ErrorKind::cancelled);
}

TEST(Signal, a_shielded_wait_is_deaf_to_cancellation) {
  asio::io_context context;
  Signal signal;
  asio::cancellation_signal cancel;
  bool ended = false;
  asio::co_spawn(context, signal.co_wait_shielded(signal.epoch()),
                 asio::bind_cancellation_slot(cancel.slot(), [&](const std::exception_ptr&) { ended = true; }));
  context.poll();
  cancel.emit(asio::cancellation_type::terminal);
  context.restart();
  context.poll();
  EXPECT_FALSE(ended);
  signal.notify_all();
  context.restart();
  context.run();
  EXPECT_TRUE(ended);
}

struct Witness {
  explicit Witness(std::atomic<int>& count) : alive(count) { ++alive; }
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() { --alive; }
  std::atomic<int>& alive;
};

Task<> co_wait_with(std::shared_ptr<Signal> signal, std::atomic<int>& alive, std::atomic<int>& resumed) {
  const Witness witness(alive);
  co_await signal->co_wait(signal->epoch());
  ++resumed;
}

TEST(Signal, a_destroyed_io_context_destroys_its_waiters_without_resuming_them) {
  std::atomic<int> alive = 0;
  std::atomic<int> resumed = 0;
  std::weak_ptr<Signal> watched;
  {
    asio::io_context context;
    const auto signal = std::make_shared<Signal>();  // Each frame owns it too: no circle may keep it.
    watched = signal;
    for (int i = 0; i < 10; ++i) asio::co_spawn(context, co_wait_with(signal, alive, resumed), asio::detached);
    context.poll();
    EXPECT_EQ(alive, 10);
  }
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(resumed, 0);
  EXPECT_TRUE(watched.expired());
}

TEST(Signal, a_notification_after_the_io_context_is_gone_finds_nobody) {
  std::atomic<int> alive = 0;
  std::atomic<int> resumed = 0;
  const auto signal = std::make_shared<Signal>();
  for (int round = 0; round < 200; ++round) {
    std::optional<asio::io_context> context(std::in_place);
    asio::co_spawn(*context, co_wait_with(signal, alive, resumed), asio::detached);
    context->poll();
    std::thread notifier([&] { signal->notify_all(); });
    context.reset();
    notifier.join();
  }
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(resumed, 0);
}

TEST(Signal, its_end_wakes_who_waits) {
  asio::io_context context;
  auto signal = std::make_unique<Signal>();
  bool woken = false;
  asio::co_spawn(context, signal->co_wait(signal->epoch()), [&](const std::exception_ptr& error) { woken = !error; });
  context.poll();
  signal.reset();
  context.restart();
  context.run();
  EXPECT_TRUE(woken);
}

}  // namespace
}  // namespace coffer
