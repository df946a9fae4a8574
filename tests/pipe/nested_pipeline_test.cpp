#include <map>
#include <string>
#include <utility>
#include <vector>

#include <coffer/pipe/nested_pipeline.hpp>
#include <coffer/pipe/pipeline_check.hpp>
#include <coffer/pipe/pipeline_file.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/thrown_error.hpp"

namespace coffer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// image -> (look) -> facts -> (tell), which asks hints as well -> text
Pipeline telling() {
  return Pipeline("telling")
      .input("image")
      .input("hints")
      .output("text")
      .pipe(PipeSpec("look")
                .reads("image", Feed::path)
                .writes("facts", Yield::standard_output)
                .command({"look", "{image}"}))
      .pipe(PipeSpec("tell")
                .reads("facts", Feed::standard_input)
                .reads("hints", Feed::path)
                .writes("text", Yield::path, "text/plain")
                .command({"tell", "{hints}", "{text}"}));
}

NestSpec as_story() { return NestSpec("story").input("image", "photo").input("hints", "hints").output("text", "tale"); }

Pipeline outer() { return Pipeline("outer").input("photo").input("hints").output("tale"); }

std::string text_of(const Pipeline& pipeline) {
  const Result<std::string> text = pipeline_to_json(pipeline);
  EXPECT_TRUE(text) << text.error().what();
  return text ? *text : "";
}

TEST(NestedPipeline, its_pipes_become_pipes_of_the_outer_one_and_keep_their_own_names_for_things) {
  Pipeline pipeline = outer();
  nest(pipeline, telling(), as_story());
  ASSERT_EQ(pipeline.pipes().size(), 2U);
  const PipeSpec& look = pipeline.pipes()[0];
  EXPECT_EQ(look.name(), "story/look");
  EXPECT_EQ(look.reads()[0].name, "photo");
  EXPECT_EQ(look.reads()[0].as, "image");
  EXPECT_EQ(look.writes()[0].name, "story/facts");
  EXPECT_EQ(look.writes()[0].as, "facts");
  const PipeSpec& tell = pipeline.pipes()[1];
  EXPECT_EQ(tell.reads()[1].name, "hints");
  EXPECT_EQ(tell.reads()[1].as, "") << "it is the same";
  EXPECT_EQ(tell.writes()[0].name, "tale");
  EXPECT_EQ(tell.writes()[0].type, "text/plain");
  EXPECT_TRUE(check_pipeline(pipeline).findings.empty());
  EXPECT_TRUE(same_document(pipeline, parse_pipeline(text_of(pipeline)).value())) << text_of(pipeline);
}

TEST(NestedPipeline, may_lie_in_one_that_lies_in_another) {
  Pipeline middle = Pipeline("middle").input("photo").input("hints").output("tale");
  nest(middle, telling(), as_story());
  Pipeline pipeline = Pipeline("outer").input("p").input("h").output("t");
  nest(pipeline, middle, NestSpec("m").input("photo", "p").input("hints", "h").output("tale", "t"));
  EXPECT_EQ(pipeline.pipes()[0].name(), "m/story/look");
  EXPECT_EQ(pipeline.pipes()[0].reads()[0].as, "image");
  EXPECT_EQ(pipeline.pipes()[0].writes()[0].name, "m/story/facts");
  EXPECT_TRUE(check_pipeline(pipeline).ok());
  EXPECT_TRUE(same_document(pipeline, parse_pipeline(text_of(pipeline)).value())) << text_of(pipeline);
}

TEST(NestedPipeline, conditions_of_its_own_and_of_the_whole_must_hold) {
  Pipeline inner = telling();
  inner.pipe(PipeSpec("more").when("facts", {"many"}).command({"more"}));
  ConditionSpec condition;
  condition.name = "kind";
  condition.texts = {"photo"};
  Pipeline pipeline = outer().input("kind");
  NestSpec how = as_story();
  how.when(condition);
  nest(pipeline, inner, how);
  EXPECT_EQ(pipeline.pipes()[0].conditions().size(), 1U);
  ASSERT_EQ(pipeline.pipes()[2].conditions().size(), 2U);
  EXPECT_EQ(pipeline.pipes()[2].conditions()[0].name, "kind");
  EXPECT_EQ(pipeline.pipes()[2].conditions()[1].name, "story/facts");
}

TEST(NestedPipeline, in_a_batch_what_depends_on_the_item_runs_for_each_element) {
  Pipeline pipeline = Pipeline("outer").input_list("photos").input("hints").output("tales");
  BatchSpec batch;
  batch.over = "photos";
  batch.item = "photo";
  batch.at_most = 3;
  Pipeline inner = telling();
  inner.pipe(PipeSpec("once").reads("hints", Feed::standard_input).command({"cat"}));
  NestSpec how = NestSpec("story").input("image", "photo").input("hints", "hints").output("text", "tales");
  how.batch(batch);
  nest(pipeline, inner, how);
  const PipeSpec& look = pipeline.pipes()[0];
  EXPECT_EQ(look.batch()->over, "photos");
  EXPECT_EQ(look.batch()->at_most, 3U);
  EXPECT_EQ(look.reads()[0].name, look.batch()->item);
  EXPECT_EQ(own_name(look.reads()[0]), "image");
  const PipeSpec& tell = pipeline.pipes()[1];
  EXPECT_EQ(tell.batch()->over, "story/facts") << "a list now";
  EXPECT_EQ(tell.reads()[1].name, "hints");
  EXPECT_FALSE(pipeline.pipes()[2].batch());
  EXPECT_TRUE(check_pipeline(pipeline).ok()) << to_text(check_pipeline(pipeline));
  EXPECT_TRUE(pipeline.is_list("tales"));
  EXPECT_TRUE(same_document(pipeline, parse_pipeline(text_of(pipeline)).value())) << text_of(pipeline);
}

TEST(NestedPipeline, a_batch_that_cannot_be_is_refused) {
  const auto refusal = [](const PipeSpec& pipe) {
    BatchSpec batch;
    batch.over = "photos";
    batch.item = "photo";
    Pipeline inner = telling();
    inner.pipe(pipe);
    Pipeline pipeline = Pipeline("outer").input_list("photos").input("hints");
    NestSpec how = NestSpec("s").input("image", "photo").input("hints", "hints");
    how.batch(batch);
    return test::error_of([&] { nest(pipeline, inner, how); }).message();
  };
  EXPECT_THAT(refusal(PipeSpec("p").reads("image").reads("facts").writes("x")),
              HasSubstr("reads both 'image' and 'facts'"));
  EXPECT_THAT(refusal(PipeSpec("p").reads("image").writes_list("x")), HasSubstr("writes the list 'x'"));
  EXPECT_THAT(refusal(PipeSpec("p").when("facts", {"a"}).writes("x")), HasSubstr("has a condition on 'facts'"));
  EXPECT_THAT(refusal(PipeSpec("p").batch("facts", "fact").reads("fact").writes("x")), HasSubstr("is a batch itself"));
}

TEST(NestedPipeline, names_that_do_not_fit_are_refused) {
  const auto refusal = [](const NestSpec& how) {
    Pipeline pipeline = outer();
    return test::error_of([&] { nest(pipeline, telling(), how); }).message();
  };
  EXPECT_EQ(refusal(NestSpec("s").input("image", "photo")),
            "what the input 'hints' of 'telling' is outside is not said");
  EXPECT_EQ(refusal(as_story().input("images", "photo")), "'telling' has no input 'images'; did you mean 'image'?");
  EXPECT_EQ(refusal(as_story().output("tex", "x")), "'telling' has no output 'tex'; did you mean 'text'?");
}

/// Files of pipelines, as parse_pipeline asks for them.
class PipelineFiles {
 public:
  std::map<std::string, std::string> texts;

  std::string verdict_on(const std::string& path) const {
    const PipelineOpener open = [this](const std::string& name, const std::string& from) -> Result<PipelineSource> {
      const std::size_t slash = from.rfind('/');
      const std::string at = (slash == std::string::npos ? "" : from.substr(0, slash + 1)) + name;
      const auto found = texts.find(at);
      if (found == texts.end()) return Error(ErrorKind::not_found, at + " is not there");
      return PipelineSource{at, found->second};
    };
    const Result<Pipeline> pipeline = parse_pipeline(PipelineSource{path, texts.at(path)}, PipeRoutines(), open);
    if (!pipeline) return pipeline.error().message();
    std::string names;
    for (const PipeSpec& pipe : pipeline->pipes()) names += pipe.name() + " ";
    return names;
  }
};

std::string file_of(const std::string& pipes) {
  return "{\"coffer_pipeline\": 1, \"name\": \"f\", \"outputs\": [\"x\"], \"pipes\": [\n" + pipes + "]}";
}

const std::string makes_an_x = R"({"name": "make", "writes": {"x": {"from": "stdout"}}, "command": ["date"]})";

TEST(NestedPipelineFile, is_read_from_beside_the_file_that_names_it) {
  PipelineFiles files;
  files.texts["a.json"] = file_of(R"({"name": "n", "pipeline": "sub/b.json", "outputs": {"x": "x"}})");
  files.texts["sub/b.json"] = file_of(R"({"name": "m", "pipeline": "c.json", "outputs": {"x": "x"}})");
  files.texts["sub/c.json"] = file_of(makes_an_x);
  EXPECT_EQ(files.verdict_on("a.json"), "n/m/make ");
}

TEST(NestedPipelineFile, what_is_wrong_in_it_is_told_with_its_own_line_and_that_of_who_names_it) {
  PipelineFiles files;
  files.texts["a.json"] = file_of(R"({"name": "n", "pipeline": "b.json"})");
  EXPECT_EQ(files.verdict_on("a.json"), "line 2, column 27: pipes[0].pipeline: b.json is not there");
  files.texts["b.json"] = file_of(R"({"name": "make", "write": {}, "command": ["date"]})");
  EXPECT_EQ(
      files.verdict_on("a.json"),
      "line 2, column 27: pipes[0].pipeline: b.json: line 2, column 18: pipes[0].write: unknown member; did you mean "
      "'writes'?");
  files.texts["b.json"] =
      file_of(R"({"name": "make", "reads": {"y": "stdin"}, "writes": {"x": {"from": "stdout"}}, "command": ["cat"]})");
  EXPECT_EQ(files.verdict_on("a.json"),
            "line 2, column 27: pipes[0].pipeline: b.json: line 2, column 28: the pipe 'make' reads 'y', which is no "
            "input and which nobody writes; did you mean 'x'?");
  files.texts["b.json"] = "{";
  EXPECT_THAT(files.verdict_on("a.json"), HasSubstr("pipes[0].pipeline: b.json: line 1, column 2: "));
}

TEST(NestedPipelineFile, files_in_a_circle_and_too_deep_ones_are_refused) {
  PipelineFiles files;
  files.texts["a.json"] = file_of(R"({"name": "n", "pipeline": "b.json"})");
  files.texts["b.json"] = file_of(R"({"name": "n", "pipeline": "a.json"})");
  EXPECT_THAT(files.verdict_on("a.json"), HasSubstr("a circle of files: a.json -> b.json -> a.json"));
  for (int i = 0; i < 9; ++i) {
    const std::string next = std::to_string(i + 1) + ".json";
    files.texts[std::to_string(i) + ".json"] =
        file_of(R"({"name": "n", "pipeline": ")" + next + R"(", "outputs": {"x": "x"}})");
  }
  files.texts["9.json"] = file_of(makes_an_x);
  EXPECT_THAT(files.verdict_on("0.json"), HasSubstr("more than 8 pipelines in each other"));
  EXPECT_EQ(files.verdict_on("1.json"), "n/n/n/n/n/n/n/n/make ");
}

TEST(NestedPipelineFile, without_an_opener_only_a_pipeline_itself_can_stand_there) {
  const Result<Pipeline> named = parse_pipeline(file_of(R"({"name": "n", "pipeline": "b.json"})"));
  ASSERT_FALSE(named);
  EXPECT_THAT(named.error().message(), HasSubstr("files are not opened here"));
  const Result<Pipeline> inside =
      parse_pipeline(file_of(R"({"name": "n", "outputs": {"x": "x"}, "pipeline": )" + file_of(makes_an_x) + "}"));
  ASSERT_TRUE(inside) << inside.error().what();
  EXPECT_EQ(inside->pipes()[0].name(), "n/make");
  const Result<Pipeline> wrong =
      parse_pipeline(file_of(R"({"name": "n", "pipeline": )" + file_of(R"({"name": 7})") + "}"));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message(),
            "line 3, column 10: pipes[0].pipeline.pipes[0].name: must be a string, is a number");
}

}  // namespace
}  // namespace coffer
