#include "pipe/activity_clock.hpp"

#include <chrono>

#include <gtest/gtest.h>

#include "support/hand_clock.hpp"

namespace coffer {
namespace {

using namespace std::chrono_literals;

using test::HandClock;

TEST(ActivityClock, each_moment_counts_for_one_thing) {
  HandClock time;
  ActivityClock clock(time);
  clock.start();
  time.pass(1s);
  clock.works(true);
  time.pass(2s);
  clock.wait_begins(PipeWait::input);
  time.pass(4s);
  clock.wait_ends(PipeWait::input);
  time.pass(8s);
  clock.wait_begins(PipeWait::output);
  time.pass(16s);
  clock.wait_ends(PipeWait::output);
  clock.works(false);
  time.pass(32s);
  clock.stop();
  time.pass(64s);
  EXPECT_EQ(clock.times().waited_for_input, 37s);
  EXPECT_EQ(clock.times().worked, 10s);
  EXPECT_EQ(clock.times().waited_for_output, 16s);
  EXPECT_FALSE(clock.is_going());
}

TEST(ActivityClock, what_goes_on_counts_up_to_now) {
  HandClock time;
  ActivityClock clock(time);
  clock.start();
  EXPECT_EQ(clock.now(), PipeActivity::waits_for_input);
  clock.works(true);
  time.pass(3s);
  EXPECT_EQ(clock.now(), PipeActivity::works);
  EXPECT_EQ(clock.times().worked, 3s);
}

TEST(ActivityClock, who_reads_ahead_while_it_writes_waits_for_the_writing) {
  HandClock time;
  ActivityClock clock(time);
  clock.start();
  clock.works(true);
  clock.wait_begins(PipeWait::input);
  clock.wait_begins(PipeWait::output);
  EXPECT_EQ(clock.now(), PipeActivity::waits_for_output);
  clock.wait_ends(PipeWait::output);
  EXPECT_EQ(clock.now(), PipeActivity::waits_for_input);
}

TEST(ActivityClock, who_is_to_try_again_waits_for_that_alone) {
  HandClock time;
  ActivityClock clock(time);
  clock.start();
  clock.wait_begins(PipeWait::retry);
  EXPECT_EQ(clock.now(), PipeActivity::waits_to_retry);
  time.pass(6s);
  clock.wait_ends(PipeWait::retry);
  clock.works(true);
  time.pass(1s);
  EXPECT_EQ(clock.times().waited_to_retry, 6s);
  EXPECT_EQ(clock.times().waited_for_input, 0s);
  EXPECT_EQ(clock.times().worked, 1s);
}

}  // namespace
}  // namespace coffer
