#include <string>
#include <tuple>
#include <vector>

#include <boost/describe/class.hpp>
#include <coffer/pipe/typed_pipe.hpp>

#include "pipe/executor_fixture.hpp"

namespace shop {

struct Article {
  std::string title;
  std::vector<std::string> words;
};
BOOST_DESCRIBE_STRUCT(Article, (), (title, words))

struct Summary {
  std::string title;
  int words = 0;
};
BOOST_DESCRIBE_STRUCT(Summary, (), (title, words))

}  // namespace shop
COFFER_KAJSON_CLASS(shop::Article, "Article", "shop.articles")
COFFER_KAJSON_CLASS(shop::Summary, "Summary", "shop.articles")

namespace coffer {
namespace {

using shop::Article;
using shop::Summary;
using testing::AllOf;
using testing::HasSubstr;

class TypedPipe : public test::ExecutorFixture {};
INSTANTIATE_TEST_SUITE_P(, TypedPipe, test::every_loop_and_store, test::name_of_loop_and_store);

const std::string article = R"({"title": "On pipes", "words": ["so", "many"], "extra": 1})";

Task<Summary> summarize(PipeIo& /*io*/, Article from) {
  Summary summary;
  summary.title = from.title;
  summary.words = static_cast<int>(from.words.size());
  co_return summary;
}

Task<std::string> headline(PipeIo& io, Summary of, std::string ending) {
  co_return io.pipe() + ": " + of.title + ", " + std::to_string(of.words) + ending;
}

Task<std::string> ending(PipeIo& /*io*/) { co_return "!"; }

Task<std::tuple<Summary, std::string>> both(PipeIo& /*io*/, Article from) {
  Summary summary;
  summary.title = from.title;
  co_return std::tuple(std::move(summary), from.words.front());
}

Task<int> count(PipeIo& /*io*/, SourcePtr stream) {
  int bytes = 0;
  while (const std::optional<Chunk> chunk = co_await stream->co_read()) bytes += static_cast<int>(chunk->size());
  co_return bytes;
}

Pipeline summaries() { return Pipeline("test").input("article").output("summary"); }

TEST_P(TypedPipe, arguments_are_loaded_and_results_stored_as_kajson_and_text) {
  Pipeline pipeline = summaries().input("ending").output("headline");
  pipeline.pipe(typed_pipe("head", headline, {"summary", "ending"}, {"headline"}));
  pipeline.pipe(typed_pipe("summarize", summarize, {"article"}, {"summary"}));
  RunInputs inputs;
  inputs.ingest("article", make_memory_source(article));
  inputs.ingest("ending", make_memory_source("!\n"));
  const RunResult result = run(std::move(pipeline), std::move(inputs));
  EXPECT_EQ(load(result, "summary"),
            R"({"title": "On pipes", "words": 2, "__class__": "Summary", "__module__": "shop.articles"})");
  EXPECT_EQ(result.outputs.at("summary").content_type, "application/json");
  EXPECT_EQ(load(result, "headline"), "head: On pipes, 2!\n");
  EXPECT_EQ(result.outputs.at("headline").content_type, "text/plain; charset=utf-8");
}

TEST_P(TypedPipe, a_command_gets_a_structured_input_as_kajson_text) {
  Pipeline pipeline = Pipeline("test").input("article").output("in").output("path");
  pipeline.pipe(typed_pipe("summarize", summarize, {"article"}, {"summary"}));
  PipeSpec by_stdin("by_stdin");
  by_stdin.reads("summary", Feed::standard_input).writes("in", Yield::standard_output, "application/json");
  pipeline.pipe(by_stdin.command({"cat"}));
  PipeSpec by_path("by_path");
  by_path.reads("summary", Feed::path).writes("path", Yield::standard_output, "application/json");
  pipeline.pipe(by_path.command({"cat", "{summary}"}));
  const RunResult result = run(std::move(pipeline), RunInputs().ingest("article", make_memory_source(article)));
  const std::string text =
      R"({"title": "On pipes", "words": 2, "__class__": "Summary", "__module__": "shop.articles"})";
  EXPECT_EQ(load(result, "in"), text);
  EXPECT_EQ(load(result, "path"), text);
}

TEST_P(TypedPipe, a_function_may_give_several_results_and_take_streams) {
  Pipeline pipeline = summaries().output("word").output("bytes");
  pipeline.pipe(typed_pipe("both", both, {"article"}, {"summary", "word"}));
  pipeline.pipe(typed_pipe("count", count, {"article"}, {"bytes"}));
  const RunResult result = run(std::move(pipeline), RunInputs().ingest("article", make_memory_source(article)));
  EXPECT_THAT(load(result, "summary"), HasSubstr("On pipes"));
  EXPECT_EQ(load(result, "word"), "so");
  EXPECT_EQ(load(result, "bytes"), std::to_string(article.size()));
}

TEST_P(TypedPipe, a_function_object_keeps_what_it_captured) {
  int calls = 0;
  const auto counted = [&calls](PipeIo& io, Article from) {
    ++calls;
    return summarize(io, std::move(from));
  };
  Pipeline pipeline = summaries().pipe(typed_pipe("summarize", counted, {"article"}, {"summary"}));
  run(std::move(pipeline), RunInputs().ingest("article", make_memory_source(article)));
  EXPECT_EQ(calls, 1);
}

TEST_P(TypedPipe, a_content_of_another_type_is_told_with_its_pipe_its_name_and_its_place) {
  for (const auto& [text, why] :
       std::vector<std::pair<std::string, std::string>>{{R"({"title": 1, "words": []})", "line 1, column 11: title: "},
                                                        {R"({"title": "x"})", "words"},
                                                        {"{\n]", "line 2, column 1: "},
                                                        {R"({"__class__": "Other", "__module__": "m"})", "Other"}}) {
    Pipeline pipeline = summaries().pipe(typed_pipe("summarize", summarize, {"article"}, {"summary"}));
    const Error error = failure_of(std::move(pipeline), RunInputs().ingest("article", make_memory_source(text)));
    EXPECT_EQ(error.kind(), ErrorKind::pipe_failed);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("'article' of the pipe 'summarize': "), HasSubstr(why))) << text;
  }
}

/// article -> summary -> headline, which alone is an output.
Pipeline in_two_steps() {
  Pipeline pipeline = Pipeline("test").input("article").output("headline");
  pipeline.pipe(typed_pipe("summarize", summarize, {"article"}, {"summary"}));
  pipeline.pipe(typed_pipe("ending", ending, {}, {"ending"}));
  pipeline.pipe(typed_pipe("head", headline, {"summary", "ending"}, {"headline"}));
  return pipeline;
}

TEST_P(TypedPipe, short_contents_between_pipes_stay_in_memory_and_outputs_are_stored) {
  const RunResult result = run(in_two_steps(), RunInputs().ingest("article", make_memory_source(article)));
  EXPECT_EQ(load(result, "headline"), "head: On pipes, 2!");
  EXPECT_EQ(objects(), 2U) << "the input and the output";
  EXPECT_GT(result.bytes_inline, 0U);
  EXPECT_EQ(result.bytes_stored, article.size() + load(result, "headline").size());
}

TEST_P(TypedPipe, everything_is_stored_where_the_run_is_told_to) {
  const RunResult result =
      run(in_two_steps(), RunInputs().ingest("article", make_memory_source(article)), options().inline_below(0));
  EXPECT_EQ(load(result, "headline"), "head: On pipes, 2!");
  EXPECT_EQ(objects(), 4U);
  EXPECT_EQ(result.bytes_inline, 0U);
}

TEST_P(TypedPipe, what_has_a_place_of_its_own_is_stored_there) {
  const Uri place = storage->uri_of("here.json");
  run(in_two_steps(), RunInputs().ingest("article", make_memory_source(article)), options().store_at("summary", place));
  EXPECT_THAT(load(place), HasSubstr("On pipes"));
}

TEST_P(TypedPipe, without_overlap_short_contents_are_handed_on_too) {
  const RunResult result =
      run(in_two_steps(), RunInputs().ingest("article", make_memory_source(article)), options().overlap(false));
  EXPECT_EQ(load(result, "headline"), "head: On pipes, 2!");
}

TEST_P(TypedPipe, commands_and_streams_get_what_stays_in_memory) {
  Pipeline pipeline = Pipeline("test").input("article").output("in").output("path").output("url").output("bytes");
  pipeline.pipe(typed_pipe("summarize", summarize, {"article"}, {"summary"}));
  pipeline.pipe(typed_pipe("count", count, {"summary"}, {"bytes"}));
  for (const auto& [name, feed] : {std::pair("in", Feed::standard_input), std::pair("path", Feed::path)}) {
    PipeSpec command(name);
    command.reads("summary", feed).writes(name, Yield::standard_output, "application/json");
    if (feed == Feed::path) {
      pipeline.pipe(command.command({"cat", "{summary}"}));
    } else {
      pipeline.pipe(command.command({"cat"}));
    }
  }
  PipeSpec by_url("by_url");
  by_url.reads("summary", Feed::url).writes("url", Yield::standard_output, "application/json");
  pipeline.pipe(by_url.command({"curl", "-s", "{summary}"}));
  const RunResult result = run(std::move(pipeline), RunInputs().ingest("article", make_memory_source(article)));
  const std::string text =
      R"({"title": "On pipes", "words": 2, "__class__": "Summary", "__module__": "shop.articles"})";
  for (const char* name : {"in", "path", "url"}) EXPECT_EQ(load(result, name), text) << name;
  EXPECT_EQ(load(result, "bytes"), std::to_string(text.size()));
  EXPECT_EQ(result.bytes_inline, text.size());
}

Task<std::vector<std::string>> bad_text(PipeIo& /*io*/) { co_return std::vector<std::string>{"\xFF"}; }

Task<> co_give_twice(PipeIo& io) {
  co_await io.co_give("out", "a");
  co_await io.co_give("out", "b");
}

TEST_P(TypedPipe, an_output_is_given_once) {
  for (const bool is_output : {true, false}) {
    Pipeline pipeline = Pipeline("test").output(is_output ? "out" : "bytes");
    pipeline.pipe(PipeSpec("twice").writes("out").run(co_give_twice));
    pipeline.pipe(typed_pipe("count", count, {"out"}, {"bytes"}));
    EXPECT_THAT(failure_of(std::move(pipeline), RunInputs()).what(), HasSubstr("twice"));
  }
}

TEST_P(TypedPipe, a_result_that_has_no_place_in_kajson_is_told) {
  Pipeline pipeline = Pipeline("test").output("list").pipe(typed_pipe("bad", bad_text, {}, {"list"}));
  const Error error = failure_of(std::move(pipeline), RunInputs());
  EXPECT_THAT(error.what(), AllOf(HasSubstr("'list' of the pipe 'bad': [0]"), HasSubstr("UTF-8")));
}

TEST(TypedPipeNames, as_many_as_the_function_has_arguments_and_results) {
  const auto refusal = [](std::vector<std::string> inputs, std::vector<std::string> outputs) -> std::string {
    try {
      typed_pipe("summarize", summarize, std::move(inputs), std::move(outputs));
    } catch (const Error& error) {
      return error.message();
    }
    return "";
  };
  EXPECT_EQ(refusal({"article"}, {"summary"}), "");
  EXPECT_EQ(refusal({}, {"summary"}), "the pipe 'summarize' names 0 inputs, and its function has 1");
  EXPECT_EQ(refusal({"article"}, {"a", "b"}), "the pipe 'summarize' names 2 outputs, and its function has 1");
}

}  // namespace
}  // namespace coffer
