#include <atomic>
#include <thread>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include "pipe/executor_fixture.hpp"
#include "support/this_process.hpp"

namespace coffer {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

using Words = std::vector<std::string>;

class ExecutorRetryTest : public test::ExecutorFixture {
 protected:
  /// A command that fails until it has run so many times.
  std::vector<std::string> patient(int times, const std::string& then) const {
    const std::string script = "echo >> \"$1\"; if [ $(wc -l < \"$1\") -lt " + std::to_string(times) +
                               " ]; then echo not yet >&2; exit 1; fi; " + then;
    return {"sh", "-c", script, "sh", (folder.path() / "runs").string()};
  }
  PipeSpec patient_pipe(int times) const {
    return PipeSpec("try").writes("out", Yield::standard_output).command(patient(times, "echo done"));
  }
  static Task<Words> co_contents(Storage& storage, Uri list) {
    Words contents;
    const std::vector<ListElement> elements = co_await co_load_list(storage, std::move(list));
    for (const ListElement& element : elements) contents.push_back(co_await storage.co_load(element.stored.uri));
    co_return contents;
  }
};

INSTANTIATE_TEST_SUITE_P(, ExecutorRetryTest, test::every_loop_and_store, test::name_of_loop_and_store);

TEST_P(ExecutorRetryTest, a_pipe_runs_again_until_it_ends_well_and_only_then_others_read_what_it_wrote) {
  Pipeline pipeline = Pipeline("test").output("loud");
  pipeline.pipe(patient_pipe(3).retry(3, milliseconds(1)));
  pipeline.pipe(test::shouting("shout", "out", "loud"));
  const RunResult result = run(std::move(pipeline), RunInputs());
  EXPECT_EQ(load(result, "loud"), "DONE\n");
  EXPECT_TRUE(events->has("warned the pipe 'try' failed: exit status 1; attempt 2 of 3 in ")) << events->text();
  EXPECT_TRUE(events->in_order("committed out", "started shout")) << events->text();
  EXPECT_EQ(objects(), 2U);
  EXPECT_TRUE(left_no_work_folder());
}

TEST_P(ExecutorRetryTest, a_pipe_that_had_its_attempts_fails_and_says_what_each_failed_of) {
  const Error error =
      failure_of(Pipeline("test").output("out").pipe(patient_pipe(9).retry(3, milliseconds(1))), RunInputs());
  EXPECT_EQ(error.message(),
            "the pipe 'try' failed: exit status 1; it was tried 3 times, before: exit status 1; exit status 1");
  EXPECT_EQ(error.server_text(), "not yet");
  EXPECT_EQ(objects(), 0U);
}

TEST_P(ExecutorRetryTest, the_pause_before_another_attempt_is_no_waiting_for_input) {
  const RunResult result =
      run(Pipeline("test").output("out").pipe(patient_pipe(2).retry(2, milliseconds(600))), RunInputs());
  const PipeTimes& times = result.pipes[0].times;
  // Of a pause a half at least is kept.
  EXPECT_GE(times.waited_to_retry, milliseconds(300));
  EXPECT_LT(times.waited_for_input, milliseconds(300));
  EXPECT_TRUE(events->has("paused try")) << events->text();
}

TEST_P(ExecutorRetryTest, a_pipe_that_takes_too_long_is_ended) {
  Pipeline pipeline = Pipeline("test").output("out");
  pipeline.pipe(
      PipeSpec("sleep").writes("out", Yield::standard_output).command({"sleep", "1000"}).timeout(milliseconds(20)));
  const Error error = failure_of(std::move(pipeline), RunInputs());
  EXPECT_THAT(error.what(), HasSubstr("the pipe 'sleep' failed"));
  EXPECT_THAT(error.what(), HasSubstr("it took longer than 20ms"));
  EXPECT_EQ(test::children(), std::vector<std::string>());
  EXPECT_EQ(objects(), 0U);
}

TEST_P(ExecutorRetryTest, the_reason_of_the_last_attempt_stands_before_those_of_the_others) {
  Pipeline pipeline = Pipeline("test").output("out");
  pipeline.pipe(PipeSpec("sleep")
                    .writes("out", Yield::standard_output)
                    .command({"sleep", "1000"})
                    .timeout(milliseconds(20))
                    .retry(2, milliseconds(1)));
  const Error error = failure_of(std::move(pipeline), RunInputs());
  EXPECT_EQ(
      error.message(),
      "the pipe 'sleep' failed: it took longer than 20ms; it was tried 2 times, before: it took longer than 20ms");
}

TEST_P(ExecutorRetryTest, each_element_of_a_batch_has_its_attempts) {
  Pipeline pipeline = Pipeline("test").output("out");
  pipeline.pipe(PipeSpec("fill")
                    .writes("words", Yield::folder)
                    .command({"sh", "-c", "cd \"$1\"; for i in a b c; do echo $i > $i; done", "sh", "{words}"}));
  // The runs of all elements are counted in one file: those of 'b' alone look at it.
  pipeline.pipe(
      PipeSpec("try")
          .batch("words", "word", 1)
          .reads("word", Feed::path)
          .writes("out", Yield::standard_output)
          .command({"sh", "-c",
                    "read w < \"$2\"; [ $w = b ] && echo >> \"$1\"; if [ $w = b ] && [ $(wc -l < \"$1\") -lt 2 "
                    "]; then exit 1; fi; echo $w",
                    "sh", (folder.path() / "runs").string(), "{word}"})
          .retry(2, milliseconds(1)));
  const RunResult result = run(std::move(pipeline), RunInputs());
  EXPECT_THAT(run(co_contents(*storage, result.outputs.at("out").uri)), ElementsAre("a\n", "b\n", "c\n"));
  EXPECT_TRUE(events->has("warned the pipe 'try' failed at words[1]: exit status 1; attempt 2 of 2 in "))
      << events->text();
}

TEST_P(ExecutorRetryTest, the_list_of_a_failed_attempt_is_gone) {
  PipeSpec fill = PipeSpec("fill").writes("words", Yield::folder);
  std::vector<std::string> command = patient(2, "true");
  command[2] = "echo w > \"$2/w\"; " + command[2];
  command.emplace_back("{words}");
  fill.command(command).retry(2, milliseconds(1));
  const RunResult result = run(Pipeline("test").output("words").pipe(std::move(fill)), RunInputs());
  EXPECT_THAT(run(co_contents(*storage, result.outputs.at("words").uri)), ElementsAre("w\n"));
  EXPECT_EQ(objects(), 2U);
}

Task<> co_fail_once(PipeIo& io, std::shared_ptr<std::atomic<int>> runs) {
  SinkPtr sink = co_await io.co_output("out");
  if (++*runs == 1) throw Error(ErrorKind::io, "the first is always broken");
  co_await sink->co_commit();
}

TEST_P(ExecutorRetryTest, a_coroutine_runs_again_from_its_start) {
  const auto runs = std::make_shared<std::atomic<int>>(0);
  Pipeline pipeline = Pipeline("test").output("out");
  pipeline.pipe(PipeSpec("try")
                    .writes("out")
                    .run([runs](PipeIo& io) { return co_fail_once(io, runs); })
                    .retry(2, milliseconds(1)));
  EXPECT_EQ(load(run(std::move(pipeline), RunInputs()), "out"), "");
  EXPECT_EQ(*runs, 2);
}

/// A list that is committed before its routine fails, until it has run so many times.
Task<> co_list_then_fail(PipeIo& io, std::shared_ptr<std::atomic<int>> runs, int times) {
  ListSinkPtr list = co_await io.co_output_list("words");
  for (const char* word : {"a", "b"}) co_await list->co_append(std::string(word));
  co_await list->co_commit();
  if (++*runs < times) throw Error(ErrorKind::io, "it fails behind its commit");
}

TEST_P(ExecutorRetryTest, a_list_of_an_attempt_that_failed_behind_its_commit_is_gone) {
  const auto runs = std::make_shared<std::atomic<int>>(0);
  const auto pipeline = [&](int times) {
    Pipeline pipeline = Pipeline("test").output("loud");
    pipeline.pipe(PipeSpec("list")
                      .writes_list("words")
                      .run([runs, times](PipeIo& io) { return co_list_then_fail(io, runs, times); })
                      .retry(2, milliseconds(1)));
    pipeline.pipe(PipeSpec("each")
                      .batch("words", "word")
                      .reads("word", Feed::standard_input)
                      .writes("loud", Yield::standard_output)
                      .command({"tr", "a-z", "A-Z"}));
    return pipeline;
  };
  failure_of(pipeline(9), RunInputs());
  EXPECT_EQ(*runs, 2);
  EXPECT_EQ(objects(), 0U) << "where every attempt has failed";
  *runs = 0;
  const RunResult result = run(pipeline(2), RunInputs());
  EXPECT_THAT(run(co_contents(*storage, result.outputs.at("loud").uri)), ElementsAre("A", "B"));
  EXPECT_EQ(objects(), 6U) << "two lists of two elements";
}

TEST_P(ExecutorRetryTest, so_is_that_of_a_command_whose_time_ran_out_while_its_input_was_still_being_written) {
  Pipeline pipeline = Pipeline("test").input("text").output("words");
  pipeline.pipe(
      PipeSpec("fill")
          .reads("text", Feed::standard_input)
          .writes("words", Yield::folder)
          .command({"sh", "-c", "head -n1 > /dev/null; echo x > \"$1/one\"; echo y > \"$1/two\"", "sh", "{words}"})
          .timeout(milliseconds(200))
          .retry(100, milliseconds(1)));
  std::unique_ptr<test::PacedSource> text = paced();
  text->gives("a\n").waits_for("warned the pipe 'fill' failed").gives("b\n");
  const RunResult result = run(std::move(pipeline), RunInputs().ingest("text", std::move(text)));
  EXPECT_THAT(run(co_contents(*storage, result.outputs.at("words").uri)), ElementsAre("x\n", "y\n"));
  EXPECT_EQ(objects(), 4U);
}

/// Shields itself while the run is cancelled, and fails.
Task<> co_clean_up_and_fail(PipeIo&, std::shared_ptr<test::RunEvents> events, std::shared_ptr<std::atomic<int>> runs) {
  ++*runs;
  co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
  events->add("cleaning up");
  co_await events->co_seen("failed other");
  co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::enable_terminal_cancellation());
  throw Error(ErrorKind::io, "it is broken");
}

Task<> co_fail_behind(std::shared_ptr<test::RunEvents> events, std::string event) {
  co_await events->co_seen(std::move(event));
  throw Error(ErrorKind::io, "the other one is broken");
}

TEST_P(ExecutorRetryTest, a_pipe_that_was_cleaning_up_when_it_was_cancelled_is_not_run_again) {
  const auto runs = std::make_shared<std::atomic<int>>(0);
  Pipeline pipeline = Pipeline("test").output("out").output("nothing");
  pipeline.pipe(PipeSpec("try")
                    .writes("out")
                    .run([events = events, runs](PipeIo& io) { return co_clean_up_and_fail(io, events, runs); })
                    .retry(3, milliseconds(1)));
  pipeline.pipe(PipeSpec("other").writes("nothing").run(
      [events = events](PipeIo&) { return co_fail_behind(events, "cleaning up"); }));
  EXPECT_THAT(failure_of(std::move(pipeline), RunInputs()).what(), HasSubstr("the other one is broken"));
  EXPECT_EQ(*runs, 1);
}

TEST_P(ExecutorRetryTest, a_pipe_that_waits_for_its_next_attempt_can_be_cancelled) {
  Pipeline pipeline = Pipeline("test").output("out").pipe(patient_pipe(9).retry(3, std::chrono::hours(1)));
  const Error error = cancelled_when("warned the pipe 'try'", std::move(pipeline), RunInputs());
  EXPECT_EQ(error.kind(), ErrorKind::cancelled);
  EXPECT_TRUE(left_no_work_folder());
}

Task<> co_compute(PipeIo& io) {
  const std::thread::id own = std::this_thread::get_id();
  auto call = [own] { return std::this_thread::get_id() != own; };
  const bool elsewhere = co_await io.compute(std::move(call));
  std::string failed;
  try {
    auto broken = [] { throw Error(ErrorKind::io, "it cannot be computed"); };
    co_await io.compute(std::move(broken));
  } catch (const Error& error) {
    failed = error.message();
  }
  co_await io.co_give("out", (elsewhere ? "elsewhere, " : "here, ") + failed);
}

TEST_P(ExecutorRetryTest, a_heavy_computation_runs_on_threads_of_its_own_and_gives_its_value_or_what_it_throws) {
  const RunResult result =
      run(Pipeline("test").output("out").pipe(PipeSpec("work").writes("out").run(co_compute)), RunInputs());
  EXPECT_EQ(load(result, "out"), "elsewhere, it cannot be computed");
}

}  // namespace
}  // namespace coffer
