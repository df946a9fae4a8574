#include <string>
#include <utility>

#include <coffer/pipe/nested_pipeline.hpp>
#include <coffer/pipe/typed_pipe.hpp>

#include "pipe/executor_fixture.hpp"

namespace coffer {
namespace {

using ExecutorNestedTest = test::ExecutorFixture;

INSTANTIATE_TEST_SUITE_P(, ExecutorNestedTest, test::every_loop_and_store, test::name_of_loop_and_store);

Task<std::string> co_twice(PipeIo& /*io*/, std::string loud) { co_return loud + loud; }

/// text -> a command with paths -> loud -> a function -> out.
Pipeline inner() {
  return Pipeline("inner")
      .input("text")
      .output("out")
      .pipe(PipeSpec("shout")
                .reads("text", Feed::path)
                .writes("loud", Yield::path, "text/plain")
                .command({"sh", "-c", "tr a-z A-Z < \"$1\" > \"$2\"", "sh", "{text}", "{loud}"}))
      .pipe(typed_pipe("twice", co_twice, {"loud"}, {"out"}));
}

TEST_P(ExecutorNestedTest, one_pipeline_is_two_pipes_of_another) {
  Pipeline pipeline = Pipeline("outer").input("words").output("end");
  nest(pipeline, inner(), NestSpec("a").input("text", "words").output("out", "middle"));
  nest(pipeline, inner(), NestSpec("b").input("text", "middle").output("out", "end"));
  const RunResult result = run(pipeline, RunInputs().ingest("words", make_memory_source("hey ")));
  EXPECT_EQ(load(result, "end"), "HEY HEY HEY HEY ");
  EXPECT_TRUE(events->in_order("finished a/twice", "finished b/shout")) << events->text();
  EXPECT_TRUE(left_no_work_folder());
}

TEST_P(ExecutorNestedTest, in_a_batch_it_is_done_for_each_element) {
  Pipeline pipeline = Pipeline("outer").output("end");
  const auto list = [](PipeIo& io) -> Task<> {
    ListSinkPtr words = co_await io.co_output_list("words");
    for (const char* word : {"a", "b", "c"}) {
      std::string text = word;
      co_await words->co_append(std::move(text));
    }
    co_await words->co_commit();
  };
  pipeline.pipe(PipeSpec("list").writes_list("words").run(list));
  BatchSpec batch;
  batch.over = "words";
  batch.item = "word";
  NestSpec how = NestSpec("each").input("text", "word").output("out", "louds");
  how.batch(batch);
  nest(pipeline, inner(), how);
  pipeline.pipe(PipeSpec("gather")
                    .reads("louds", Feed::path)
                    .writes("end", Yield::standard_output)
                    .command({"sh", "-c", "cat \"$1\"/*", "sh", "{louds}"}));
  EXPECT_EQ(load(run(pipeline, RunInputs()), "end"), "AABBCC");
}

TEST_P(ExecutorNestedTest, a_condition_on_it_skips_all_its_pipes) {
  Pipeline pipeline = Pipeline("outer").input("words").input("kind").output("end");
  ConditionSpec condition;
  condition.name = "kind";
  condition.texts = {"loud"};
  NestSpec how = NestSpec("n").input("text", "words").output("out", "end");
  how.when(condition);
  nest(pipeline, inner(), how);
  RunInputs inputs = RunInputs().ingest("words", make_memory_source("hey")).ingest("kind", make_memory_source("quiet"));
  const RunResult result = run(pipeline, std::move(inputs));
  EXPECT_EQ(result.skipped.size(), 2U);
  EXPECT_TRUE(result.absent.contains("end"));
}

}  // namespace
}  // namespace coffer
