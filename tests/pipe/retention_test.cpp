#include <chrono>
#include <string>
#include <vector>

#include <coffer/pipe/runs.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::chrono::system_clock::time_point now{hours(1'000'000)};

RunInfo finished(const std::string& id, hours ago, std::uint64_t bytes) {
  RunInfo run;
  run.id = id;
  run.status = RunStatus::finished;
  run.changed = now - ago;
  run.bytes = bytes;
  return run;
}

TEST(Retention, takes_nothing_where_nothing_is_said) {
  EXPECT_THAT(runs_past({finished("a", hours(9000), 1)}, Retention{}, now), IsEmpty());
}

TEST(Retention, by_age_takes_what_ended_longer_ago_oldest_first) {
  Retention rule;
  rule.older_than = hours(24);
  EXPECT_THAT(
      runs_past({finished("a", hours(25), 1), finished("b", hours(24), 1), finished("c", hours(90), 1)}, rule, now),
      ElementsAre("c", "a"));
}

TEST(Retention, by_size_takes_the_oldest_until_the_rest_fits) {
  Retention rule;
  rule.over = 10;
  const std::vector<RunInfo> runs = {finished("new", hours(1), 6), finished("old", hours(3), 6),
                                     finished("older", hours(5), 4)};
  EXPECT_THAT(runs_past(runs, rule, now), ElementsAre("older", "old"));
  rule.over = 12;
  EXPECT_THAT(runs_past(runs, rule, now), ElementsAre("older"));
  rule.over = 16;
  EXPECT_THAT(runs_past(runs, rule, now), IsEmpty());
}

TEST(Retention, by_both_takes_what_either_takes) {
  Retention rule;
  rule.older_than = hours(4);
  rule.over = 6;
  EXPECT_THAT(runs_past({finished("new", hours(1), 6), finished("old", hours(3), 6), finished("older", hours(5), 4)},
                        rule, now),
              ElementsAre("older", "old"));
}

TEST(Retention, leaves_what_can_be_resumed_or_is_at_work) {
  Retention rule;
  rule.older_than = hours(1);
  rule.over = 0;
  std::vector<RunInfo> runs;
  for (const RunStatus status :
       {RunStatus::running, RunStatus::interrupted, RunStatus::failed, RunStatus::disposing, RunStatus::unreadable}) {
    runs.push_back(finished("x", hours(99), 5));
    runs.back().status = status;
  }
  EXPECT_THAT(runs_past(runs, rule, now), IsEmpty());
}

TEST(RunIds, sort_by_time_and_are_ids) {
  const std::string early = new_run_id(now);
  const std::string late = new_run_id(now + std::chrono::seconds(1));
  EXPECT_LT(early, late);
  EXPECT_NE(early, new_run_id(now));
  EXPECT_TRUE(is_run_id(early)) << early;
}

}  // namespace
}  // namespace coffer
