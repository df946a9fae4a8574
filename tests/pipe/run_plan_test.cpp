#include "pipe/run_plan.hpp"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// in -> stdin of `cut` -> clip -> url of `look`; clip -> path of `send`; `look` -> a file `sheet` -> stdin of `read`.
Pipeline pipeline() {
  return Pipeline("p")
      .input("in")
      .output("text")
      .pipe(PipeSpec("cut")
                .reads("in", Feed::standard_input)
                .writes("clip", Yield::standard_output, "video/mp4")
                .command({"cut"}))
      .pipe(
          PipeSpec("look").reads("clip", Feed::url).writes("sheet", Yield::path).command({"look", "{clip}", "{sheet}"}))
      .pipe(PipeSpec("send").reads("clip", Feed::path).command({"send", "{clip}"}))
      .pipe(PipeSpec("read")
                .reads("sheet", Feed::standard_input)
                .reads("in", Feed::path)
                .writes("text", Yield::standard_output)
                .command({"read", "{in}"}));
}

/// The pipes for which this is next.
std::vector<std::size_t> pipes_with(PipeStep::Kind next, const RunPlan& plan, const RunState& state, bool overlap) {
  std::vector<std::size_t> pipes;
  for (std::size_t pipe = 0; pipe < state.pipes.size(); ++pipe) {
    if (plan.next_step(state, pipe, overlap).kind == next) pipes.push_back(pipe);
  }
  return pipes;
}

class RunPlanTest : public testing::Test {
 protected:
  RunPlan plan = RunPlan::make(pipeline()).value();
  RunState state = plan.initial();

  void set(const std::string& name, DataState to) { state.data[plan.position(name)] = to; }
  void set_pipe(const std::string& name, PipeState to) {
    const std::map<std::string, std::size_t> pipes = {{"cut", 0}, {"look", 1}, {"send", 2}, {"read", 3}};
    state.pipes[pipes.at(name)] = to;
  }
  std::vector<std::string> named(const std::vector<std::size_t>& pipes) const {
    const std::vector<std::string> names = {"cut", "look", "send", "read"};
    std::vector<std::string> found;
    for (const std::size_t pipe : pipes) found.push_back(names[pipe]);
    return found;
  }
  std::vector<std::string> may_start(bool overlap = true) const {
    return named(pipes_with(PipeStep::Kind::start, plan, state, overlap));
  }
};

TEST_F(RunPlanTest, knows_who_writes_and_reads_each_name) {
  const RunPlan::Data& clip = plan.data()[plan.position("clip")];
  EXPECT_THAT(clip.writers, ElementsAre(0U));
  EXPECT_EQ(clip.type, "video/mp4");
  EXPECT_EQ(clip.yield, Yield::standard_output);
  EXPECT_THAT(clip.readers, ElementsAre(1U, 2U));
  EXPECT_FALSE(clip.is_output);
  EXPECT_THAT(plan.data()[plan.position("in")].writers, IsEmpty());
  EXPECT_TRUE(plan.data()[plan.position("text")].is_output);
  EXPECT_THAT(plan.outputs(0), ElementsAre(plan.position("clip")));
  ASSERT_EQ(plan.inputs(3).size(), 2U);
  EXPECT_EQ(plan.inputs(3)[1].feed, Feed::path);
}

TEST_F(RunPlanTest, nothing_starts_before_its_input_is_being_written) { EXPECT_THAT(may_start(), IsEmpty()); }

TEST_F(RunPlanTest, what_streams_starts_with_the_first_bytes_and_a_path_waits_for_the_commit) {
  set("in", DataState::live);
  EXPECT_THAT(may_start(), ElementsAre("cut"));
  set_pipe("cut", PipeState::running);
  set("clip", DataState::live);
  EXPECT_THAT(may_start(), ElementsAre("look"));
  set_pipe("look", PipeState::running);
  set("clip", DataState::committed);
  EXPECT_THAT(may_start(), ElementsAre("send"));
}

TEST_F(RunPlanTest, all_inputs_of_a_pipe_must_be_ready) {
  set("in", DataState::live);
  set("sheet", DataState::live);
  EXPECT_THAT(may_start(), ElementsAre("cut"));
  set("in", DataState::committed);
  EXPECT_THAT(may_start(), ElementsAre("cut", "read"));
}

TEST_F(RunPlanTest, without_overlap_a_pipe_waits_until_all_is_committed) {
  set("in", DataState::live);
  EXPECT_THAT(may_start(false), IsEmpty());
  set("in", DataState::committed);
  EXPECT_THAT(may_start(false), ElementsAre("cut"));
  set_pipe("cut", PipeState::running);
  set("clip", DataState::live);
  EXPECT_THAT(may_start(false), IsEmpty());
  set("clip", DataState::committed);
  EXPECT_THAT(may_start(false), ElementsAre("look", "send"));
}

TEST_F(RunPlanTest, a_pipe_starts_once) {
  set("in", DataState::committed);
  for (const PipeState begun : {PipeState::running, PipeState::finished, PipeState::failed}) {
    set_pipe("cut", begun);
    EXPECT_THAT(may_start(), IsEmpty());
  }
}

TEST_F(RunPlanTest, nothing_starts_on_failed_data) {
  set("in", DataState::failed);
  EXPECT_THAT(may_start(), IsEmpty());
  EXPECT_THAT(may_start(false), IsEmpty());
}

TEST_F(RunPlanTest, a_pipe_counts_as_finished_only_when_what_it_read_is_committed) {
  set("in", DataState::live);
  EXPECT_FALSE(plan.inputs_committed(state, 0));
  set("in", DataState::committed);
  EXPECT_TRUE(plan.inputs_committed(state, 0));
  EXPECT_FALSE(plan.inputs_committed(state, 3));
}

TEST_F(RunPlanTest, after_a_failure_what_waits_never_runs_and_what_is_not_committed_fails) {
  set("in", DataState::committed);
  set("clip", DataState::live);
  set_pipe("cut", PipeState::failed);
  set_pipe("look", PipeState::running);
  const FailurePlan failure = RunPlan::after_failure(state);
  EXPECT_THAT(named(failure.never_run), ElementsAre("send", "read"));
  EXPECT_THAT(failure.fail,
              testing::UnorderedElementsAre(plan.position("clip"), plan.position("sheet"), plan.position("text")));
}

TEST(RunPlan, a_batch_starts_with_its_list_and_its_item_is_no_name_of_the_run) {
  const RunPlan plan =
      RunPlan::make(Pipeline("p").input_list("l").input("in").output("o").pipe(PipeSpec("b")
                                                                                   .batch("l", "i")
                                                                                   .reads("in", Feed::path)
                                                                                   .reads("i", Feed::path)
                                                                                   .writes("o", Yield::standard_output)
                                                                                   .command({"cat", "{in}", "{i}"})))
          .value();
  ASSERT_EQ(plan.data().size(), 3U);
  EXPECT_TRUE(plan.data()[plan.position("l")].is_list);
  EXPECT_TRUE(plan.data()[plan.position("o")].is_list);
  EXPECT_FALSE(plan.data()[plan.position("in")].is_list);
  ASSERT_EQ(plan.inputs(0).size(), 2U);
  EXPECT_EQ(plan.inputs(0)[0].data, plan.position("l"));
  RunState state = plan.initial();
  state.data[plan.position("in")] = DataState::committed;
  state.data[plan.position("l")] = DataState::live;
  EXPECT_EQ(plan.next_step(state, 0, true).kind, PipeStep::Kind::start);
  EXPECT_EQ(plan.next_step(state, 0, false).kind, PipeStep::Kind::none);
}

/// kind -> pay or reply -> answer -> send, which needs it; all reads it where it is there.
class ConditionalPlan : public testing::Test {
 protected:
  static Pipeline pipeline() {
    const auto nothing = [](PipeIo&) -> Task<> { co_return; };
    return Pipeline("p")
        .input("kind")
        .output("answer")
        .pipe(PipeSpec("pay").when("kind", {"invoice"}).writes("answer").run(nothing))
        .pipe(PipeSpec("reply").when_not("kind", {"invoice", "spam"}).writes("answer").run(nothing))
        .pipe(PipeSpec("send").reads("answer").writes("sent").run(nothing))
        .pipe(PipeSpec("all").reads_if_there("answer").writes("note").run(nothing))
        .pipe(PipeSpec("last").when("sent", {"yes"}).run(nothing));
  }

  std::vector<std::size_t> skips() const { return pipes_with(PipeStep::Kind::skip, plan, state, true); }
  std::vector<std::size_t> may_decide() const { return pipes_with(PipeStep::Kind::decide, plan, state, true); }
  std::vector<std::size_t> may_start() const { return pipes_with(PipeStep::Kind::start, plan, state, true); }

  RunPlan plan = RunPlan::make(pipeline()).value();
  RunState state = plan.initial();
};

TEST_F(ConditionalPlan, a_pipe_starts_only_when_its_condition_holds) {
  EXPECT_THAT(may_decide(), IsEmpty());
  state.data[plan.position("kind")] = DataState::live;
  EXPECT_THAT(may_decide(), IsEmpty());
  state.data[plan.position("kind")] = DataState::committed;
  EXPECT_THAT(may_decide(), ElementsAre(0U, 1U));
  EXPECT_THAT(may_start(), IsEmpty());
  state.conditions[0] = ConditionState::looked_at;
  EXPECT_THAT(may_decide(), ElementsAre(1U));
  state.conditions[0] = ConditionState::holds;
  EXPECT_THAT(may_start(), ElementsAre(0U));
}

TEST_F(ConditionalPlan, what_all_its_writers_were_skipped_for_is_left_out) {
  plan.skip(state, 0);
  EXPECT_EQ(state.data[plan.position("answer")], DataState::absent);
  EXPECT_THAT(skips(), IsEmpty());
  plan.skip(state, 1);
  EXPECT_EQ(state.data[plan.position("answer")], DataState::left_out);
  EXPECT_THAT(skips(), ElementsAre(2U)) << "it needs the answer; who can do without runs";
  EXPECT_EQ(plan.next_step(state, 2, true).absent, plan.position("answer"));
  EXPECT_THAT(may_start(), ElementsAre(3U));
  EXPECT_TRUE(plan.inputs_committed(state, 3));
  plan.skip(state, 2);
  EXPECT_THAT(skips(), ElementsAre(4U)) << "its condition looks at what is absent";
}

TEST_F(ConditionalPlan, an_optional_input_is_waited_for_while_it_may_still_come) {
  EXPECT_THAT(may_start(), IsEmpty());
  plan.skip(state, 0);
  EXPECT_THAT(may_start(), IsEmpty());
  state.data[plan.position("answer")] = DataState::committed;
  EXPECT_THAT(may_start(), ElementsAre(2U, 3U));
}

TEST_F(ConditionalPlan, a_failure_leaves_skipped_pipes) {
  state.pipes.assign(5, PipeState::skipped);
  EXPECT_THAT(RunPlan::after_failure(state).never_run, IsEmpty());
}

TEST(RunPlan, is_refused_with_every_error_of_the_pipeline) {
  const Result<RunPlan> plan = RunPlan::make(Pipeline("p").output("x").output("y"));
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(plan.error().message(), HasSubstr("'x'"));
  EXPECT_THAT(plan.error().message(), HasSubstr("'y'"));
}

}  // namespace
}  // namespace coffer
