#include "pipe/retry_plan.hpp"

#include <gtest/gtest.h>

namespace coffer {
namespace {

using std::chrono::milliseconds;

const Error failure(ErrorKind::pipe_failed, "exit status 1");

RetrySpec spec(std::size_t attempts, milliseconds wait) {
  RetrySpec retry;
  retry.attempts = attempts;
  retry.wait = wait;
  return retry;
}

TEST(RetryPlan, waits_twice_as_long_each_time_and_no_longer_than_the_longest) {
  const RetrySpec retry = spec(100, milliseconds(1000));
  EXPECT_EQ(wait_before_retry(retry, 1, failure, 0), milliseconds(1000));
  EXPECT_EQ(wait_before_retry(retry, 2, failure, 0), milliseconds(2000));
  EXPECT_EQ(wait_before_retry(retry, 5, failure, 0), milliseconds(16'000));
  EXPECT_EQ(wait_before_retry(retry, 99, failure, 0), longest_retry_wait);
}

TEST(RetryPlan, chance_takes_off_up_to_the_half) {
  EXPECT_EQ(wait_before_retry(spec(2, milliseconds(1000)), 1, failure, 0.5), milliseconds(750));
  EXPECT_EQ(wait_before_retry(spec(2, milliseconds(1000)), 1, failure, 1), milliseconds(500));
  EXPECT_EQ(wait_before_retry(spec(2, milliseconds(0)), 1, failure, 1), milliseconds(0));
}

TEST(RetryPlan, a_pipe_that_had_its_attempts_or_was_cancelled_or_is_used_wrongly_does_not_run_again) {
  EXPECT_FALSE(wait_before_retry(spec(1, milliseconds(1)), 1, failure, 0));
  EXPECT_FALSE(wait_before_retry(spec(3, milliseconds(1)), 3, failure, 0));
  EXPECT_FALSE(wait_before_retry(spec(3, milliseconds(1)), 1, Error(ErrorKind::cancelled, ""), 0));
  EXPECT_FALSE(wait_before_retry(spec(3, milliseconds(1)), 1, Error(ErrorKind::invalid_argument, ""), 0));
}

}  // namespace
}  // namespace coffer
