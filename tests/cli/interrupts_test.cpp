#include "cli/interrupts.hpp"

#include <atomic>
#include <chrono>
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

namespace coffer::cli {
namespace {

void wait_for_signal(const Interrupts& interrupts) {
  pollfd wait = {interrupts.descriptor(), POLLIN, 0};
  ::poll(&wait, 1, -1);
}

/// Each runs in a process of its own: signals are blocked for all that comes later.
class CliInterrupts : public testing::Test {
 protected:
  CliInterrupts() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

[[noreturn]] void first_signal_cancels() {
  Interrupts interrupts;
  std::atomic<int> cancelled = 0;
  const Interrupts::Watch watch(interrupts, [&cancelled] { ++cancelled; });
  ::kill(::getpid(), SIGTERM);
  while (cancelled == 0) std::this_thread::yield();
  ::_exit(interrupts.signal() == SIGTERM ? 0 : 1);
}

[[noreturn]] void a_later_watch_is_told_too() {
  Interrupts interrupts;
  ::kill(::getpid(), SIGINT);
  wait_for_signal(interrupts);
  bool cancelled = false;
  const Interrupts::Watch watch(interrupts, [&cancelled] { cancelled = true; });
  ::_exit(cancelled ? 0 : 1);
}

[[noreturn]] void second_signal_ends() {
  Interrupts interrupts;
  const Interrupts::Watch watch(interrupts, [] {});
  ::kill(::getpid(), SIGINT);
  wait_for_signal(interrupts);
  // Until one comes late enough.
  for (;;) {
    ::kill(::getpid(), SIGINT);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

[[noreturn]] void an_ended_watch_is_not_told() {
  Interrupts interrupts;
  bool cancelled = false;
  {
    const Interrupts::Watch watch(interrupts, [&cancelled] { cancelled = true; });
  }
  ::kill(::getpid(), SIGINT);
  wait_for_signal(interrupts);
  ::_exit(cancelled ? 1 : 0);
}

[[noreturn]] void ignored_hangup_stays_ignored() {
  ::signal(SIGHUP, SIG_IGN);
  Interrupts interrupts;
  ::kill(::getpid(), SIGHUP);
  ::kill(::getpid(), SIGINT);
  wait_for_signal(interrupts);
  ::_exit(interrupts.signal() == SIGINT ? 0 : 1);
}

[[noreturn]] void broken_pipe() {
  const Interrupts interrupts;
  end_by_broken_pipe();
}

TEST_F(CliInterrupts, the_first_signal_cancels) { EXPECT_EXIT(first_signal_cancels(), testing::ExitedWithCode(0), ""); }

TEST_F(CliInterrupts, who_begins_to_watch_after_the_signal_is_told_at_once) {
  EXPECT_EXIT(a_later_watch_is_told_too(), testing::ExitedWithCode(0), "");
}

TEST_F(CliInterrupts, the_second_signal_ends_the_program) {
  EXPECT_EXIT(second_signal_ends(), testing::ExitedWithCode(130), "");
}

TEST_F(CliInterrupts, what_comes_with_the_first_signal_is_no_second_one) {
  EXPECT_FALSE(is_impatient(std::chrono::nanoseconds(0)));
  EXPECT_FALSE(is_impatient(std::chrono::milliseconds(199)));
  EXPECT_TRUE(is_impatient(std::chrono::milliseconds(200)));
}

TEST_F(CliInterrupts, who_watches_no_more_is_not_told) {
  EXPECT_EXIT(an_ended_watch_is_not_told(), testing::ExitedWithCode(0), "");
}

TEST_F(CliInterrupts, a_hangup_that_was_ignored_stays_so) {
  EXPECT_EXIT(ignored_hangup_stays_ignored(), testing::ExitedWithCode(0), "");
}

TEST_F(CliInterrupts, a_broken_pipe_ends_by_its_signal) {
  EXPECT_EXIT(broken_pipe(), testing::KilledBySignal(SIGPIPE), "^$");
}

}  // namespace
}  // namespace coffer::cli
