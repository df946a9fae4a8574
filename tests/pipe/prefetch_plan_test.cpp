#include "pipe/prefetch_plan.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace coffer {
namespace {

Task<> co_nothing(PipeIo& /*io*/) { co_return; }

PipeSpec idle(const std::string& name) {
  return PipeSpec(name).run([](PipeIo& io) { return co_nothing(io); });
}

// first: text -> a; second: a + scene -> b; third: b + photo + scene -> c.
Pipeline three_in_a_row() {
  return Pipeline("p")
      .input("text")
      .input("photo")
      .input("scene")
      .output("c")
      .pipe(idle("first").reads("text").writes("a"))
      .pipe(idle("second").reads("a").reads("scene").writes("b"))
      .pipe(idle("third").reads("b").reads("photo").reads("scene").writes("c"));
}

class PrefetchPlan : public testing::Test {
 protected:
  /// It is there, and 100 bytes of its store can be near.
  void there(const std::string& name, std::uint64_t bytes, std::uint64_t limit = 100) {
    PrefetchItem& item = items[plan.position(name)];
    item.bytes = bytes;
    item.limit = limit;
  }
  void take(const std::string& name) { items[plan.position(name)].is_taken = true; }
  std::string next() const {
    const std::optional<std::size_t> found = next_prefetch(plan, state, items);
    return found ? plan.data()[*found].name : "";
  }

  const RunPlan plan = RunPlan::make(three_in_a_row()).value();
  RunState state = plan.initial();
  std::vector<PrefetchItem> items = std::vector<PrefetchItem>(plan.data().size());
};

TEST_F(PrefetchPlan, what_is_not_there_is_not_read_ahead) { EXPECT_EQ(next(), ""); }

TEST_F(PrefetchPlan, the_pipe_that_comes_next_comes_first) {
  there("text", 10);
  there("photo", 10);
  there("scene", 10);
  EXPECT_EQ(next(), "scene");
  take("scene");
  EXPECT_EQ(next(), "photo");
  take("photo");
  EXPECT_EQ(next(), "");
}

TEST_F(PrefetchPlan, a_pipe_that_reads_one_thing_alone_never_waits_for_another) {
  there("text", 10);
  EXPECT_EQ(next(), "");
}

TEST(PrefetchPlanOfCommands, a_file_is_read_ahead_for_who_streams_it_and_not_for_who_opens_it_as_a_path) {
  const auto next_of = [](Feed feed, bool is_file) {
    const RunPlan plan = RunPlan::make(Pipeline("p")
                                           .input("text")
                                           .input("photo")
                                           .output("b")
                                           .pipe(idle("first").reads("text").writes("a"))
                                           .pipe(PipeSpec("second")
                                                     .reads("a", Feed::path)
                                                     .reads("photo", feed)
                                                     .writes("b", Yield::standard_output)
                                                     .command({"cat", "{a}", "{photo}"})))
                             .value();
    std::vector<PrefetchItem> items(plan.data().size());
    PrefetchItem& photo = items[plan.position("photo")];
    photo.bytes = 10;
    photo.limit = 100;
    photo.is_file = is_file;
    return next_prefetch(plan, plan.initial(), items).has_value();
  };
  EXPECT_FALSE(next_of(Feed::path, true));
  EXPECT_TRUE(next_of(Feed::path, false)) << "a distant one is copied to a file";
  EXPECT_TRUE(next_of(Feed::url, true));
}

TEST_F(PrefetchPlan, what_a_pipe_reads_that_has_started_is_its_own_affair) {
  there("photo", 10);
  there("scene", 10);
  state.pipes = {PipeState::finished, PipeState::running, PipeState::waiting};
  state.data[plan.position("a")] = state.data[plan.position("scene")] = DataState::committed;
  EXPECT_EQ(next(), "photo");
  state.pipes = {PipeState::finished, PipeState::finished, PipeState::running};
  state.data.assign(state.data.size(), DataState::committed);
  EXPECT_EQ(next(), "");
}

TEST_F(PrefetchPlan, nothing_is_read_ahead_for_a_pipe_that_may_yet_be_skipped) {
  there("scene", 10);
  state.conditions[1] = state.conditions[2] = ConditionState::open;
  EXPECT_EQ(next(), "");
  state.conditions[2] = ConditionState::holds;
  EXPECT_EQ(next(), "scene");
  state.pipes[2] = PipeState::skipped;
  EXPECT_EQ(next(), "");
}

TEST_F(PrefetchPlan, a_pipe_that_has_started_may_wait_for_what_is_still_being_written) {
  there("scene", 10);
  state.data[plan.position("scene")] = DataState::committed;
  state.data[plan.position("a")] = DataState::live;
  state.pipes = {PipeState::running, PipeState::running, PipeState::finished};
  EXPECT_EQ(next(), "scene");
  items[plan.position("scene")].is_opened = true;
  EXPECT_EQ(next(), "") << "it reads it already";
}

TEST_F(PrefetchPlan, no_more_waits_for_its_readers_than_can_be_near) {
  there("photo", 60);
  there("scene", 50);
  take("scene");
  EXPECT_EQ(next(), "") << "it would push out what is needed first";
  state.pipes = {PipeState::finished, PipeState::finished, PipeState::waiting};
  EXPECT_EQ(next(), "") << "the third pipe still waits for the scene";
  there("photo", 50);
  EXPECT_EQ(next(), "photo");
}

TEST_F(PrefetchPlan, of_what_is_too_large_a_part_is_read_ahead_and_nothing_beside_it) {
  there("scene", 1000);
  there("photo", 10);
  EXPECT_EQ(next(), "scene");
  take("scene");
  EXPECT_EQ(next(), "");
}

TEST_F(PrefetchPlan, where_nothing_is_won_nothing_is_read_ahead) {
  there("scene", 10, 0);
  there("photo", 10);
  EXPECT_EQ(next(), "photo");
}

PipeTimes times(int waited_for_input, int worked, int waited_for_output) {
  using std::chrono::milliseconds;
  PipeTimes times;
  times.waited_for_input = milliseconds(waited_for_input);
  times.worked = milliseconds(worked);
  times.waited_for_output = milliseconds(waited_for_output);
  return times;
}

TEST(HeldUpPipe, waits_for_its_input_half_of_the_time_or_more) {
  EXPECT_TRUE(is_held_up(times(0, 0, 0), times(50, 0, 0)));
  EXPECT_TRUE(is_held_up(times(0, 0, 0), times(25, 20, 5)));
  EXPECT_FALSE(is_held_up(times(0, 0, 0), times(24, 26, 0)));
  EXPECT_FALSE(is_held_up(times(0, 0, 0), times(10, 0, 40)));
}

TEST(HeldUpPipe, is_judged_by_what_it_did_since_the_last_look) {
  EXPECT_FALSE(is_held_up(times(1000, 0, 0), times(1010, 40, 0)));
  EXPECT_TRUE(is_held_up(times(0, 1000, 1000), times(40, 1010, 1000)));
}

TEST(HeldUpPipe, is_none_that_waits_to_try_again) {
  PipeTimes paused = times(0, 10, 0);
  paused.waited_to_retry = std::chrono::milliseconds(50);
  EXPECT_FALSE(is_held_up(times(0, 10, 0), paused));
}

TEST(HeldUpPipe, is_one_that_has_just_started) { EXPECT_TRUE(is_held_up(times(0, 0, 0), times(0, 0, 0))); }

}  // namespace
}  // namespace coffer
