#include "pipe/run_board.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// kind decides whether `answer` is written from text; send reads it, log can do without.
class RunBoardTest : public testing::Test {
 protected:
  static constexpr std::size_t answer_pipe = 0;
  static constexpr std::size_t send = 1;
  static constexpr std::size_t log = 2;

  static Pipeline pipeline() {
    const auto nothing = [](PipeIo&) -> Task<> { co_return; };
    return Pipeline("p")
        .input("kind")
        .input("text")
        .output("sent")
        .pipe(PipeSpec("answer").when("kind", {"question"}).reads("text").writes("answer").run(nothing))
        .pipe(PipeSpec("send").reads("answer").writes("sent").run(nothing))
        .pipe(PipeSpec("log").reads_if_there("answer").writes("line").run(nothing));
  }

  std::size_t data(const std::string& name) const { return plan.position(name); }

  const RunPlan plan = RunPlan::make(pipeline()).value();
};

TEST_F(RunBoardTest, each_step_is_given_once_when_what_it_waits_for_is_there) {
  RunBoard board(plan, {}, 2);
  EXPECT_THAT(board.take_steps(true).start, IsEmpty());
  board.committed(data("kind"));
  const RunSteps steps = board.take_steps(true);
  EXPECT_THAT(steps.decide, ElementsAre(answer_pipe));
  EXPECT_THAT(steps.start, IsEmpty());
  board.condition_holds(answer_pipe);
  EXPECT_THAT(board.take_steps(true).start, IsEmpty()) << "its text is not there";
  board.went_live(data("text"));
  EXPECT_THAT(board.take_steps(true).start, ElementsAre(answer_pipe));
  board.committed(data("text"));
  EXPECT_THAT(board.take_steps(true).start, IsEmpty());
}

TEST_F(RunBoardTest, what_is_there_before_the_run_starts_pipes_at_once) {
  RunBoard board(plan, {data("kind"), data("text"), data("answer")}, 0, {answer_pipe});
  const RunSteps steps = board.take_steps(false);
  EXPECT_THAT(steps.start, ElementsAre(send, log));
  EXPECT_THAT(steps.decide, IsEmpty());
}

TEST_F(RunBoardTest, a_skipped_pipe_skips_who_needs_what_it_would_have_written_and_starts_who_does_not) {
  RunBoard board(plan, {data("kind"), data("text")}, 0);
  EXPECT_THAT(board.take_steps(true).decide, ElementsAre(answer_pipe));
  board.pipe_skipped(answer_pipe, "kind is 'spam'");
  const RunSteps steps = board.take_steps(true);
  ASSERT_EQ(steps.skip.size(), 1U);
  EXPECT_EQ(steps.skip[0].pipe, send);
  EXPECT_EQ(steps.skip[0].absent, data("answer"));
  EXPECT_THAT(steps.start, ElementsAre(log));
}

TEST_F(RunBoardTest, a_run_is_over_when_no_pipe_waits_or_runs_and_nothing_is_taken_in) {
  RunBoard board(plan, {data("kind"), data("text")}, 1);
  board.take_steps(true);
  board.pipe_skipped(answer_pipe, "kind is 'spam'");
  board.take_steps(true);
  board.pipe_skipped(send, "answer is absent");
  EXPECT_FALSE(board.is_over());
  board.pipe_ended(log, false);
  EXPECT_FALSE(board.is_over()) << "an input is still being stored";
  board.ingest_ended();
  EXPECT_TRUE(board.is_over());
}

TEST_F(RunBoardTest, nothing_starts_after_a_failure) {
  RunBoard board(plan, {data("kind"), data("text")}, 0);
  board.failed(Error(ErrorKind::pipe_failed, "broken"), false);
  EXPECT_TRUE(board.is_over());
  board.condition_holds(answer_pipe);
  board.committed(data("answer"));
  const RunSteps steps = board.take_steps(true);
  EXPECT_THAT(steps.start, IsEmpty());
  EXPECT_THAT(steps.decide, IsEmpty());
  EXPECT_EQ(board.failure()->message(), "broken");
}

}  // namespace
}  // namespace coffer
