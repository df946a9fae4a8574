#include "pipe/batch_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::size_t> start_all(BatchPlan& plan, std::size_t ready) {
  std::vector<std::size_t> started;
  while (const auto index = plan.start(ready)) started.push_back(*index);
  return started;
}

TEST(BatchPlan, starts_elements_in_their_order_and_no_more_than_so_many_at_a_time) {
  BatchPlan plan(2);
  EXPECT_THAT(start_all(plan, 0), IsEmpty());
  EXPECT_THAT(start_all(plan, 1), ElementsAre(0U));
  EXPECT_THAT(start_all(plan, 5), ElementsAre(1U));
  plan.ended(1);
  EXPECT_THAT(start_all(plan, 5), ElementsAre(2U));
  EXPECT_EQ(plan.done(), 1U);
}

TEST(BatchPlan, is_over_when_a_complete_list_is_done) {
  BatchPlan plan(2);
  EXPECT_FALSE(plan.is_over(0, false));
  EXPECT_TRUE(plan.is_over(0, true));
  start_all(plan, 1);
  EXPECT_FALSE(plan.is_over(1, true));
  plan.ended(0);
  EXPECT_TRUE(plan.is_over(1, true));
  EXPECT_FALSE(plan.is_over(1, false));
  EXPECT_FALSE(plan.is_over(2, true));
}

TEST(BatchPlan, the_failure_of_the_first_element_counts_whichever_comes_first) {
  BatchPlan plan(4);
  start_all(plan, 10);
  plan.failed(2);
  EXPECT_EQ(plan.first_failure(), 2U);
  EXPECT_THAT(plan.to_cancel(), ElementsAre(3U));
  EXPECT_THAT(start_all(plan, 10), IsEmpty());
  EXPECT_FALSE(plan.is_over(10, true));
  plan.failed(0);
  EXPECT_EQ(plan.first_failure(), 0U);
  EXPECT_THAT(plan.to_cancel(), ElementsAre(1U, 3U));
  plan.failed(3);
  plan.failed(1);
  EXPECT_EQ(plan.first_failure(), 0U);
  EXPECT_TRUE(plan.is_over(10, false));
}

TEST(BatchPlan, none_starts_too_far_ahead_of_one_that_takes_long) {
  BatchPlan plan(2);
  start_all(plan, 1000);
  for (std::size_t next = 1; plan.done() < 2 * BatchPlan::furthest_factor - 1; ++next) {
    plan.ended(next);
    start_all(plan, 1000);
  }
  EXPECT_THAT(start_all(plan, 1000), IsEmpty());
  plan.ended(0);
  EXPECT_THAT(start_all(plan, 1000), testing::SizeIs(2));
}

}  // namespace
}  // namespace coffer
