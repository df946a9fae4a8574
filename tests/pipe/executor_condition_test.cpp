#include <optional>
#include <string>
#include <utility>

#include <coffer/pipe/typed_pipe.hpp>

#include "pipe/executor_fixture.hpp"

namespace coffer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

using ExecutorConditionTest = test::ExecutorFixture;

INSTANTIATE_TEST_SUITE_P(, ExecutorConditionTest, test::every_loop_and_store, test::name_of_loop_and_store);

PipeSpec printing(const std::string& name, const std::string& text, const std::string& to) {
  return PipeSpec(name).writes(to, Yield::standard_output, "text/plain").command({"printf", text});
}

/// kind -> pay or reply, which write the answer; send needs it, all does without.
Pipeline mail() {
  return Pipeline("mail")
      .input("kind")
      .output("answer")
      .output("sent")
      .output("all")
      .pipe(printing("pay", "paid", "answer").when("kind", {"invoice", "reminder"}))
      .pipe(printing("reply", "replied", "answer").when_not("kind", {"invoice", "reminder", "spam"}))
      .pipe(test::shouting("send", "answer", "sent"))
      .pipe(PipeSpec("all")
                .reads_if_there("answer", Feed::path)
                .reads_if_there("sent", Feed::standard_input)
                .writes("all", Yield::standard_output, "text/plain")
                .command(
                    {"sh", "-c", "cat; if [ -n \"$1\" ]; then cat \"$1\"; else echo nothing; fi", "sh", "{answer}"}));
}

RunInputs kind(const std::string& text) { return RunInputs().ingest("kind", make_memory_source(text)); }

TEST_P(ExecutorConditionTest, one_of_the_alternatives_runs) {
  for (const bool overlap : {true, false}) {
    const RunResult paid = run(mail(), kind("reminder\n"), options().overlap(overlap));
    EXPECT_EQ(load(paid, "answer"), "paid");
    EXPECT_EQ(load(paid, "sent"), "PAID");
    EXPECT_EQ(load(paid, "all"), "PAIDpaid");
    EXPECT_THAT(paid.skipped, ElementsAre(Pair("reply", "kind is 'reminder'")));
    EXPECT_THAT(paid.absent, IsEmpty());
    EXPECT_EQ(load(run(mail(), kind("letter"), options().overlap(overlap)), "answer"), "replied");
  }
}

TEST_P(ExecutorConditionTest, what_is_absent_skips_who_needs_it_and_not_who_does_without) {
  const RunResult result = run(mail(), kind("spam"));
  EXPECT_THAT(result.skipped, UnorderedElementsAre(Pair("pay", "kind is 'spam' and not 'invoice' or 'reminder'"),
                                                   Pair("reply", "kind is 'spam'"), Pair("send", "answer is absent")));
  EXPECT_THAT(result.absent, UnorderedElementsAre("answer", "sent"));
  EXPECT_FALSE(result.outputs.contains("answer"));
  EXPECT_EQ(load(result, "all"), "nothing\n");
  EXPECT_EQ(result.pipes.size(), 2U) << "the ingest, and all";
  EXPECT_TRUE(events->has("skipped send: answer is absent"));
  EXPECT_FALSE(events->has("started send"));
  EXPECT_EQ(objects(), 2U);
  EXPECT_TRUE(left_no_work_folder());
}

Task<std::string> co_join(PipeIo& io, std::optional<std::string> answer, std::string kind) {
  const bool is_there = io.has_input("answer");
  co_return kind + ": " + (is_there ? *answer : "none");
}

TEST_P(ExecutorConditionTest, a_function_gets_an_optional_without_a_value) {
  Pipeline pipeline = Pipeline("p").input("kind").output("line");
  pipeline.pipe(test::shouting("shout", "kind", "answer").when("kind", {"a"}));
  pipeline.pipe(typed_pipe("join", co_join, {"answer", "kind"}, {"line"}));
  EXPECT_EQ(load(run(pipeline, kind("a")), "line"), "a: A");
  EXPECT_EQ(load(run(pipeline, kind("b")), "line"), "b: none");
}

TEST_P(ExecutorConditionTest, a_condition_may_look_at_a_member_of_what_a_pipe_has_made_and_that_stays_in_memory) {
  Pipeline pipeline = Pipeline("p").input("kind").output("yes");
  const auto give = [](PipeIo& io) { return io.co_give("facts", R"({"is_long": true, "name": "x"})"); };
  pipeline.pipe(PipeSpec("look").reads("kind").writes("facts").run(give));
  ConditionSpec is_long;
  is_long.name = "facts";
  is_long.member = "is_long";
  is_long.texts = {"true"};
  PipeSpec yes = printing("say", "yes", "yes");
  yes.when(is_long);
  pipeline.pipe(yes);
  EXPECT_EQ(load(run(pipeline, kind("a")), "yes"), "yes");
}

TEST_P(ExecutorConditionTest, a_batch_and_its_list_may_be_skipped) {
  Pipeline pipeline = Pipeline("p").input("kind").output("loud").output("all");
  const auto list = [](PipeIo& io) -> Task<> {
    ListSinkPtr words = co_await io.co_output_list("words");
    std::string word = "word";
    co_await words->co_append(std::move(word));
    co_await words->co_commit();
  };
  pipeline.pipe(PipeSpec("list").writes_list("words").run(list));
  pipeline.pipe(test::shouting("shout", "word", "loud").batch("words", "word").when("kind", {"loud"}));
  pipeline.pipe(PipeSpec("all")
                    .reads_if_there("loud", Feed::path)
                    .writes("all", Yield::standard_output, "text/plain")
                    .command({"sh", "-c", "printf '%s' \"$1\" | wc -c", "sh", "{loud}"}));
  const RunResult result = run(pipeline, kind("quiet"));
  EXPECT_THAT(result.absent, ElementsAre("loud"));
  EXPECT_EQ(load(result, "all"), "0\n");
  EXPECT_TRUE(run(pipeline, kind("loud")).outputs.contains("loud"));
}

TEST_P(ExecutorConditionTest, a_content_that_is_too_large_or_has_no_such_member_fails_the_run) {
  Error error = failure_of(mail(), kind(std::string(ConditionSpec::most_bytes + 1, 'a')));
  EXPECT_EQ(error.kind(), ErrorKind::pipe_failed);
  EXPECT_THAT(error.message(), HasSubstr("is to run cannot be said"));
  ASSERT_NE(error.cause(), nullptr);
  EXPECT_THAT(error.cause()->message(), HasSubstr("'kind' has more than 64 KiB"));
  EXPECT_TRUE(events->has("failed pay: pipe_failed") || events->has("failed reply: pipe_failed")) << events->text();
  Pipeline pipeline = Pipeline("p").input("kind");
  PipeSpec pipe = test::shouting("shout", "kind", "loud");
  ConditionSpec condition;
  condition.name = "kind";
  condition.member = "size";
  condition.texts = {"1"};
  pipe.when(condition);
  pipeline.pipe(pipe);
  error = failure_of(pipeline, kind("7"));
  ASSERT_NE(error.cause(), nullptr);
  EXPECT_THAT(error.cause()->message(), HasSubstr("'kind': it is no object with a member 'size'"));
}

}  // namespace
}  // namespace coffer
