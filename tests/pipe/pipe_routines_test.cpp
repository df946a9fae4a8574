#include <string>
#include <utility>

#include <coffer/pipe/pipe_routines.hpp>
#include <coffer/pipe/pipeline_check.hpp>
#include <coffer/pipe/pipeline_file.hpp>
#include <coffer/pipe/typed_pipe.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/thrown_error.hpp"

namespace coffer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Task<std::string> co_upper(PipeIo& /*io*/, std::string text) { co_return text; }

Task<> co_any(PipeIo& /*io*/) { co_return; }

/// upper: text -> loud; split: names of its own, a list; any: whatever the file says.
PipeRoutines three() {
  PipeRoutines routines;
  routines.add(typed_pipe("upper", co_upper, {"text"}, {"loud"}));
  routines.add(PipeSpec("split").reads("text").writes_list("parts").run(co_any));
  routines.add(PipeSpec("any").run(co_any));
  return routines;
}

/// A pipeline of this pipe, which stands on line 2.
Result<Pipeline> with_pipe(const std::string& pipe, const PipeRoutines& routines = three()) {
  return parse_pipeline(
      "{\"coffer_pipeline\": 1, \"name\": \"p\", \"inputs\": {\"text\": {}}, \"pipes\": [\n" + pipe + "]}", routines);
}

std::string refusal_of(const std::string& pipe, const PipeRoutines& routines = three()) {
  const Result<Pipeline> pipeline = with_pipe(pipe, routines);
  return pipeline ? "taken" : pipeline.error().message();
}

TEST(PipeRoutines, a_pipe_of_a_file_gets_its_coroutine_and_the_types_that_it_does_not_say) {
  const Result<Pipeline> pipeline = with_pipe(
      R"({"name": "a", "reads": {"text": "stream"}, "writes": {"loud": {"from": "stream"}}, "routine": "upper"},
                   {"name": "b", "reads": {"loud": "stream"}, "writes": {"x": {"from": "list", "type": "a/b"}}, "routine": "any"})");
  ASSERT_TRUE(pipeline) << pipeline.error().what();
  const PipeSpec& upper = pipeline->pipes().at(0);
  EXPECT_TRUE(upper.routine());
  EXPECT_EQ(upper.routine_name(), "upper");
  EXPECT_FALSE(upper.is_command());
  EXPECT_EQ(upper.writes().at(0).type, "text/plain; charset=utf-8");
  EXPECT_EQ(pipeline->pipes().at(1).writes().at(0).type, "a/b");
  EXPECT_TRUE(check_pipeline(*pipeline).ok());
}

TEST(PipeRoutines, an_unknown_one_is_refused_with_those_that_there_are) {
  const std::string pipe = R"({"name": "a", "routine": "uper"})";
  EXPECT_EQ(refusal_of(pipe),
            "line 2, column 26: pipes[0].routine: this program has no C++ pipe 'uper'; it has 'any', 'split', 'upper'; "
            "did you mean 'upper'?");
  EXPECT_EQ(refusal_of(pipe, PipeRoutines()),
            "line 2, column 26: pipes[0].routine: this program has no C++ pipe 'uper': run the file with the program "
            "that has it");
}

TEST(PipeRoutines, names_that_it_does_not_have_are_refused_where_they_stand) {
  EXPECT_EQ(
      refusal_of(
          R"({"name": "a", "reads": {"texts": "stream"}, "writes": {"loud": {"from": "stream"}}, "routine": "upper"})"),
      "line 2, column 25: pipes[0].routine: the C++ pipe 'upper' reads 'text', and no 'texts'");
  EXPECT_EQ(refusal_of(R"({"name": "a", "writes": {"loud": {"from": "stream"}}, "routine": "upper"})"),
            "line 2, column 66: pipes[0].routine: the C++ pipe 'upper' reads 'text', which is not among this pipe's "
            "reads");
  EXPECT_EQ(refusal_of(R"({"name": "a", "reads": {"text": "stream"}, "routine": "upper"})"),
            "line 2, column 55: pipes[0].routine: the C++ pipe 'upper' writes 'loud', which is not among this pipe's "
            "writes");
  EXPECT_EQ(
      refusal_of(
          R"({"name": "a", "reads": {"text": "stream"}, "writes": {"loud": {"from": "list"}}, "routine": "upper"})"),
      "line 2, column 55: pipes[0].routine: the C++ pipe 'upper' writes 'loud' from a \"stream\"");
  EXPECT_EQ(
      refusal_of(
          R"({"name": "a", "reads": {"text": "stream"}, "writes": {"parts": {"from": "stream"}}, "routine": "split"})"),
      "line 2, column 55: pipes[0].routine: the C++ pipe 'split' writes 'parts' from a \"list\"");
}

TEST(PipeRoutines, a_pipeline_whose_routines_were_not_looked_for_cannot_run) {
  const Result<Pipeline> pipeline = parse_pipeline(
      R"({"coffer_pipeline": 1, "name": "p", "outputs": ["x"], "pipes": [{"name": "a", "writes": {"x": {"from": "stream"}}, "routine": "r"}]})");
  ASSERT_TRUE(pipeline) << pipeline.error().what();
  const PipelineCheck check = check_pipeline(*pipeline);
  ASSERT_EQ(check.findings.size(), 1U);
  EXPECT_EQ(check.findings[0].place, (SourcePlace{1, 127}));
  EXPECT_THAT(check.findings[0].message, HasSubstr("is the C++ pipe 'r', which was not looked for"));
}

TEST(PipeRoutines, what_cannot_be_one_is_refused) {
  const auto refused = [](PipeSpec pipe) {
    PipeRoutines routines = three();
    return test::error_of([&] { routines.add(std::move(pipe)); }).message();
  };
  EXPECT_THAT(refused(PipeSpec("a b").run(co_any)), HasSubstr("has no such name"));
  EXPECT_THAT(refused(PipeSpec("a").command({"date"})), HasSubstr("is no coroutine"));
  EXPECT_THAT(refused(PipeSpec("a").batch("b", "c").run(co_any)), HasSubstr("is a batch"));
  EXPECT_THAT(refused(PipeSpec("any").run(co_any)), HasSubstr("is there twice"));
  EXPECT_THAT(three().names(), ElementsAre("any", "split", "upper"));
}

}  // namespace
}  // namespace coffer
