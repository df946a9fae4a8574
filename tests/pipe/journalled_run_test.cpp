#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <coffer/pipe/list.hpp>
#include <coffer/pipe/pipeline_file.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipe/run_events.hpp"
#include "pipe/run_scene.hpp"
#include "support/every_failure.hpp"
#include "support/thrown_error.hpp"

namespace coffer {
namespace {

using test::LoopKind;
using test::RunScene;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// How often each pipe has run, and whether the second one fails.
struct Ledger {
  int first = 0;
  int second = 0;
  bool fails = false;
};

Task<> co_first(PipeIo& io, std::shared_ptr<Ledger> ledger) {
  ++ledger->first;
  SourcePtr source = co_await io.co_input("text");
  std::string text;
  while (const std::optional<Chunk> chunk = co_await source->co_read()) text += chunk->text();
  co_await io.co_give("middle", text + ", once");
}

Task<> co_second(PipeIo& io, std::shared_ptr<Ledger> ledger) {
  ++ledger->second;
  SourcePtr source = co_await io.co_input("middle");
  std::string text;
  while (const std::optional<Chunk> chunk = co_await source->co_read()) text += chunk->text();
  if (ledger->fails) throw Error(ErrorKind::io, "the model is away");
  co_await io.co_give("out", text + ", twice");
}

/// text -> first -> middle -> second -> out.
Pipeline two_pipes(const std::shared_ptr<Ledger>& ledger) {
  Pipeline pipeline = Pipeline("test").input("text").output("out");
  pipeline.pipe(
      PipeSpec("first").reads("text").writes("middle").run([ledger](PipeIo& io) { return co_first(io, ledger); }));
  pipeline.pipe(
      PipeSpec("second").reads("middle").writes("out").run([ledger](PipeIo& io) { return co_second(io, ledger); }));
  return pipeline;
}

Task<> co_nothing() { co_return; }

Task<> co_refuse() {
  throw Error(ErrorKind::no_space, "no room for the file");
  co_return;
}

RunInputs text(const std::string& bytes = "hello") { return RunInputs().ingest("text", make_memory_source(bytes)); }

class JournalledRun : public testing::TestWithParam<LoopKind> {
 protected:
  /// The second pipe has failed, without overlap: the first one has finished.
  void fail_once(std::uint64_t inline_below) {
    ledger->fails = true;
    const Error error = test::error_of([&] {
      scene.execute(two_pipes(ledger), text(), RunOptions().run_id("x").overlap(false).inline_below(inline_below));
    });
    EXPECT_EQ(error.kind(), ErrorKind::pipe_failed);
    ledger->fails = false;
  }

  RunScene scene{GetParam()};
  std::shared_ptr<Ledger> ledger = std::make_shared<Ledger>();
};

TEST_P(JournalledRun, is_shown_as_it_went) {
  const RunResult result = scene.execute(two_pipes(ledger), text(), RunOptions().run_id("x").remember("why", "to see"));
  EXPECT_EQ(scene.load(result, "out"), "hello, once, twice");
  const std::optional<RunInfo> info = scene.find("x");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->status, RunStatus::finished);
  EXPECT_EQ(info->pipeline, "test");
  EXPECT_EQ(info->pipeline_file, "") << "pipes in C++";
  EXPECT_EQ(info->pipes.size(), 2U);
  EXPECT_TRUE(info->inputs.at(0).stored);
  EXPECT_EQ(info->notes.at("why"), "to see");
  EXPECT_EQ(info->outputs.at("out").uri, result.outputs.at("out").uri);
  EXPECT_EQ(info->bytes, std::string("hello, once, twice").size());
  EXPECT_FALSE(info->holder);
}

TEST_P(JournalledRun, that_failed_goes_on_with_contents_that_stayed_in_memory) {
  fail_once(1024);
  EXPECT_EQ(scene.find("x")->status, RunStatus::failed);
  EXPECT_THAT(scene.find("x")->problem, HasSubstr("the model is away"));
  const RunResult result = scene.execute(two_pipes(ledger), RunInputs(), RunOptions().run_id("x"));
  EXPECT_EQ(scene.load(result, "out"), "hello, once, twice");
  EXPECT_EQ(ledger->first, 1);
  EXPECT_EQ(ledger->second, 2);
  EXPECT_THAT(result.reused, ElementsAre("text", "first"));
}

TEST_P(JournalledRun, that_failed_goes_on_with_objects_of_the_store) {
  fail_once(0);
  EXPECT_EQ(scene.keys().size(), 2U);
  const RunResult result = scene.execute(two_pipes(ledger), RunInputs(), RunOptions().run_id("x").inline_below(0));
  EXPECT_EQ(scene.load(result, "out"), "hello, once, twice");
  EXPECT_EQ(ledger->first, 1);
  EXPECT_EQ(scene.keys().size(), 1U) << "the output alone is kept";
}

TEST_P(JournalledRun, makes_again_what_somebody_has_removed) {
  fail_once(0);
  for (const std::string& key : scene.keys()) {
    const Uri uri = scene.storage().uri_of(key);
    if (scene.run(scene.storage().co_load(uri)) == "hello, once") scene.run(scene.storage().co_remove(uri));
  }
  const RunResult result = scene.execute(two_pipes(ledger), RunInputs(), RunOptions().run_id("x"));
  EXPECT_EQ(scene.load(result, "out"), "hello, once, twice");
  EXPECT_EQ(ledger->first, 2);
  EXPECT_THAT(result.reused, ElementsAre("text"));
}

TEST_P(JournalledRun, removes_what_was_committed_without_a_record) {
  fail_once(0);
  Task<Stored> storing = scene.storage().co_store("as of a writer that was killed", WriteOptions().prefix("x/"));
  const Uri stray = scene.run(std::move(storing)).uri;
  scene.execute(two_pipes(ledger), RunInputs(), RunOptions().run_id("x").keep(Keep::everything));
  EXPECT_FALSE(scene.run(scene.storage().co_head(stray)));
}

TEST_P(JournalledRun, leaves_alone_what_somebody_has_named_and_what_it_reads_where_it_lies) {
  fail_once(0);
  const Uri note = scene.storage().uri_of("x/note");
  Task<Stored> storing = scene.storage().co_store_at(note, "of somebody");
  scene.run(std::move(storing));
  Uri own;
  for (const std::string& key : scene.keys()) {
    const Uri uri = scene.storage().uri_of(key);
    if (scene.run(scene.storage().co_load(uri)) == "hello") own = uri;
  }
  ASSERT_FALSE(own.empty());
  const RunResult result = scene.execute(two_pipes(ledger), RunInputs().use("text", own), RunOptions().run_id("x"));
  EXPECT_EQ(scene.load(result, "out"), "hello, once, twice");
  EXPECT_EQ(scene.run(scene.storage().co_load(own)), "hello");
  EXPECT_EQ(scene.run(scene.storage().co_load(note)), "of somebody");
}

TEST_P(JournalledRun, stores_an_input_again_that_is_given_as_a_stream_and_keeps_one_that_is_not_given) {
  fail_once(0);
  const RunResult result = scene.execute(two_pipes(ledger), text("other"), RunOptions().run_id("x"));
  EXPECT_EQ(scene.load(result, "out"), "other, once, twice");
  EXPECT_EQ(ledger->first, 2);
  EXPECT_EQ(scene.keys().size(), 1U);
}

TEST_P(JournalledRun, what_it_could_not_remove_at_its_end_goes_when_it_is_asked_for_again) {
  scene.io()->fail_each("remove", EIO);
  scene.execute(two_pipes(ledger), text(), RunOptions().run_id("x").inline_below(0));
  scene.io()->heal();
  EXPECT_EQ(scene.keys().size(), 3U);
  const Uri note = scene.storage().uri_of("x/note");
  Task<Stored> storing = scene.storage().co_store_at(note, "of somebody");
  scene.run(std::move(storing));
  for (int i = 0; i < 2; ++i) {
    const RunResult again = scene.execute(two_pipes(ledger), RunInputs(), RunOptions().run_id("x"));
    EXPECT_TRUE(again.ended_before);
    EXPECT_EQ(scene.load(again, "out"), "hello, once, twice");
    EXPECT_THAT(scene.keys(), testing::SizeIs(2)) << "the output, and what somebody has put beside it";
  }
  EXPECT_TRUE(scene.dispose("x").complete);
}

TEST_P(JournalledRun, leaves_no_empty_folder_that_a_killed_removal_has_left) {
  const Uri out = scene.execute(two_pipes(ledger), text(), RunOptions().run_id("x")).outputs.at("out").uri;
  scene.run(scene.storage().co_remove(out));
  const std::filesystem::path folder = scene.folder() / "store/x";
  std::filesystem::create_directory(folder);
  scene.dispose("x");
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST_P(JournalledRun, puts_nothing_where_another_one_would_take_it_along) {
  scene.execute(two_pipes(ledger), text(), RunOptions().run_id("x"));
  const auto at = [&](const char* key) {
    return RunOptions().run_id("y").store_at("out", scene.storage().uri_of(key));
  };
  const Error error = test::error_of([&] { scene.execute(two_pipes(ledger), text(), at("x/mine")); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(error.message(), HasSubstr("'out' would go with the run x"));
  EXPECT_THAT(scene.run(scene.journals().co_runs()), ElementsAre("x"));
  scene.execute(two_pipes(ledger), text(), at("z/mine"));
}

TEST_P(JournalledRun, that_has_ended_well_gives_its_result_and_does_nothing) {
  const RunResult first = scene.execute(two_pipes(ledger), text(), RunOptions().run_id("x"));
  const RunResult second = scene.execute(two_pipes(ledger), text("ignored"), RunOptions().run_id("x"));
  EXPECT_EQ(second.outputs.at("out").uri, first.outputs.at("out").uri);
  EXPECT_EQ(ledger->first, 1);
  scene.run(scene.storage().co_remove(first.outputs.at("out").uri));
  const Error error = test::error_of([&] { scene.execute(two_pipes(ledger), text(), RunOptions().run_id("x")); });
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
}

TEST_P(JournalledRun, that_has_ended_well_says_so_and_refuses_other_inputs) {
  const auto from = [](const char* where) {
    RunInputs inputs = text();
    inputs.origin("text", Uri(where));
    return inputs;
  };
  const auto again = [&](RunInputs inputs) {
    return scene.execute(two_pipes(ledger), std::move(inputs), RunOptions().run_id("x"));
  };
  EXPECT_FALSE(again(from("file:///a.txt")).ended_before);
  EXPECT_TRUE(again(from("file:///a.txt")).ended_before);
  EXPECT_TRUE(again(RunInputs()).ended_before);
  const Error error = test::error_of([&] { again(from("file:///b.txt")); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(
      error.message(),
      "the run x has ended well with another 'text', file:///a.txt: give another run id, or dispose of that run first");
  EXPECT_EQ(ledger->first, 1);
}

TEST_P(JournalledRun, that_has_ended_well_without_an_output_is_refused_where_that_is_wanted) {
  scene.execute(two_pipes(ledger), text(), RunOptions().run_id("x"));
  Pipeline more = two_pipes(ledger);
  more.output("middle");
  const Error error = test::error_of([&] { scene.execute(std::move(more), RunInputs(), RunOptions().run_id("x")); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error.message(),
            "the run x has ended well without the output 'middle', which the pipeline had not then: give another run "
            "id, or dispose of that run first");
}

TEST_P(JournalledRun, that_has_ended_well_is_refused_where_an_output_is_wanted_elsewhere) {
  const auto at = [&](const char* key) {
    return RunOptions().run_id("x").store_at("out", scene.storage().uri_of(key));
  };
  scene.execute(two_pipes(ledger), text(), at("mine/one"));
  EXPECT_TRUE(scene.execute(two_pipes(ledger), text(), at("mine/one")).ended_before);
  EXPECT_TRUE(scene.execute(two_pipes(ledger), text(), RunOptions().run_id("x")).ended_before);
  const Error error = test::error_of([&] { scene.execute(two_pipes(ledger), text(), at("mine/two")); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(error.message(), HasSubstr("has ended well, and 'out' was not stored there: copy it from where it is"));
}

TEST_P(JournalledRun, that_has_ended_well_is_refused_where_what_it_read_has_changed) {
  const Uri uri = scene.storage().uri_of("mine/text");
  const auto put = [&](const char* bytes) {
    Task<Stored> storing = scene.storage().co_store_at(uri, bytes);
    scene.run(std::move(storing));
  };
  const auto again = [&] {
    return scene.execute(two_pipes(ledger), RunInputs().use("text", uri), RunOptions().run_id("x"));
  };
  put("hello");
  again();
  EXPECT_TRUE(again().ended_before);
  put("other");
  const Error error = test::error_of(again);
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(error.message(), HasSubstr("has ended well with another 'text', " + uri.text() + " as it was then"));
  scene.run(scene.storage().co_remove(uri));
  EXPECT_TRUE(again().ended_before) << "what is gone cannot be compared";
}

TEST_P(JournalledRun, that_is_only_to_be_resumed_is_not_begun) {
  const auto resume = [&] {
    return scene.execute(two_pipes(ledger), text(), RunOptions().run_id("x").only_resumes(true));
  };
  EXPECT_EQ(test::error_of(resume).kind(), ErrorKind::not_found);
  EXPECT_THAT(scene.run(scene.journals().co_runs()), IsEmpty());
  fail_once(0);
  EXPECT_EQ(scene.load(resume(), "out"), "hello, once, twice");
}

TEST_P(JournalledRun, that_keeps_nothing_and_was_killed_while_it_removed_itself_is_removed_when_it_is_asked_for) {
  scene.io()->fail_each("remove", EIO);
  const auto again = [&] {
    return scene.execute(two_pipes(ledger), text(), RunOptions().run_id("x").inline_below(0).keep(Keep::nothing));
  };
  const RunResult result = again();
  scene.io()->heal();
  EXPECT_TRUE(again().ended_before) << "all of it is still there";
  scene.run(scene.storage().co_remove(result.outputs.at("out").uri));
  const Error error = test::error_of(again);
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_THAT(error.message(), HasSubstr("had ended well and keeps nothing"));
  EXPECT_THAT(scene.keys(), IsEmpty());
  EXPECT_THAT(scene.run(scene.journals().co_runs()), IsEmpty());
  EXPECT_FALSE(again().ended_before);
}

TEST_P(JournalledRun, of_another_pipeline_is_refused_and_not_touched) {
  fail_once(0);
  Pipeline other = Pipeline("other").input("text").output("middle");
  other.pipe(PipeSpec("first").reads("text").writes("middle").run(
      [ledger = ledger](PipeIo& io) { return co_first(io, ledger); }));
  const Error error = test::error_of([&] { scene.execute(std::move(other), text(), RunOptions().run_id("x")); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(
      error.message(),
      "the run x is of the pipeline 'test' and not of 'other': give another run id, or dispose of that run first");
  scene.execute(two_pipes(ledger), RunInputs(), RunOptions().run_id("x"));
  EXPECT_EQ(ledger->first, 1) << "what had finished is there still";
}

TEST_P(JournalledRun, is_not_finished_before_what_it_made_was_handed_out) {
  const auto refuse = [](const RunResult&) { return co_refuse(); };
  const Error error =
      test::error_of([&] { scene.execute(two_pipes(ledger), text(), RunOptions().run_id("x").deliver(refuse)); });
  EXPECT_EQ(error.kind(), ErrorKind::no_space);
  EXPECT_EQ(scene.find("x")->status, RunStatus::failed);
  bool delivered = false;
  scene.execute(two_pipes(ledger), RunInputs(), RunOptions().run_id("x").deliver([&](const RunResult& result) {
    delivered = result.outputs.contains("out");
    return co_nothing();
  }));
  EXPECT_TRUE(delivered);
  EXPECT_EQ(ledger->second, 1);
}

TEST_P(JournalledRun, keeps_what_it_is_told_to) {
  const std::vector<std::pair<Keep, std::size_t>> all = {{Keep::everything, 3}, {Keep::outputs, 1}, {Keep::nothing, 0}};
  for (const auto& [keep, count] : all) {
    scene.execute(two_pipes(ledger), text(), RunOptions().run_id("x").inline_below(0).keep(keep));
    EXPECT_EQ(scene.keys().size(), count) << to_string(keep);
    EXPECT_EQ(scene.find("x").has_value(), count > 0);
    scene.dispose("x");
    EXPECT_THAT(scene.keys(), IsEmpty());
  }
}

TEST_P(JournalledRun, refuses_what_it_cannot_be) {
  const auto kind = [&](RunOptions options) {
    return test::error_of([&] { scene.execute(two_pipes(ledger), text(), std::move(options)); }).kind();
  };
  EXPECT_EQ(kind(RunOptions().run_id("a/b")), ErrorKind::invalid_argument);
  EXPECT_EQ(kind(RunOptions().run_id("x").prefix("y/")), ErrorKind::invalid_argument);
  Task<Stored> storing = scene.storage().co_store_at(scene.storage().uri_of("mine/a"), "a");
  scene.run(std::move(storing));
  EXPECT_EQ(kind(RunOptions().run_id("mine")), ErrorKind::already_exists);
  const Error missing =
      test::error_of([&] { scene.execute(two_pipes(ledger), RunInputs(), RunOptions().run_id("x")); });
  EXPECT_THAT(missing.message(), HasSubstr("'text' of the pipeline is not given"));
  EXPECT_THAT(scene.run(scene.journals().co_runs()), IsEmpty());
}

TEST_P(JournalledRun, with_pipes_in_cpp_that_a_file_names_is_kept_as_that_file) {
  PipeRoutines routines;
  const Pipeline in_cpp = two_pipes(ledger);
  for (const PipeSpec& pipe : in_cpp.pipes()) routines.add(pipe);
  const auto read = [&] {
    return parse_pipeline(
               R"({"coffer_pipeline": 1, "name": "test", "inputs": {"text": {}}, "outputs": ["out"], "pipes": [
      {"name": "a", "reads": {"text": "stream"}, "writes": {"middle": {"from": "stream"}}, "routine": "first"},
      {"name": "b", "reads": {"middle": "stream"}, "writes": {"out": {"from": "stream"}}, "routine": "second"}]})",
               routines)
        .value();
  };
  ledger->fails = true;
  const RunOptions options = RunOptions().run_id("x").overlap(false);
  test::error_of([&] { scene.execute(read(), text(), options); });
  ledger->fails = false;
  const std::string file = scene.find("x")->pipeline_file;
  EXPECT_TRUE(same_document(parse_pipeline(file).value(), read())) << file;
  const RunResult result = scene.execute(parse_pipeline(file, routines).value(), RunInputs(), options);
  EXPECT_EQ(scene.load(result, "out"), "hello, once, twice");
  EXPECT_EQ(ledger->first, 1);
  EXPECT_THAT(result.reused, ElementsAre("text", "a"));
}

TEST_P(JournalledRun, writes_down_what_was_skipped_and_decides_it_again_where_the_content_is_another) {
  const auto pipeline = [&] {
    Pipeline pipeline = Pipeline("test").input("text").input("kind").output("middle").output("out");
    pipeline.pipe(
        PipeSpec("first").when("kind", {"a"}).reads("text").writes("middle").run([ledger = ledger](PipeIo& io) {
          return co_first(io, ledger);
        }));
    pipeline.pipe(
        PipeSpec("second").reads_if_there("middle").writes("out").run([ledger = ledger](PipeIo& io) -> Task<> {
          ++ledger->second;
          if (ledger->fails) throw Error(ErrorKind::io, "the model is away");
          std::string out = io.has_input("middle") ? "with" : "without";
          return io.co_give("out", std::move(out));
        }));
    return pipeline;
  };
  const auto inputs = [](const std::string& kind) {
    return RunInputs().ingest("text", make_memory_source("hello")).ingest("kind", make_memory_source(kind));
  };
  ledger->fails = true;
  test::error_of([&] { scene.execute(pipeline(), inputs("b"), RunOptions().run_id("x").overlap(false)); });
  ledger->fails = false;
  const RunResult skipped = scene.execute(pipeline(), RunInputs(), RunOptions().run_id("x"));
  EXPECT_EQ(scene.load(skipped, "out"), "without");
  EXPECT_EQ(skipped.skipped.at("first"), "kind is 'b' and not 'a'");
  EXPECT_THAT(skipped.absent, ElementsAre("middle"));
  const RunResult again = scene.execute(pipeline(), RunInputs(), RunOptions().run_id("x"));
  EXPECT_THAT(again.absent, ElementsAre("middle")) << "of a run that has ended well";
  EXPECT_EQ(scene.find("x")->pipes.size(), 1U);
  scene.dispose("x");
  EXPECT_EQ(ledger->first, 0);
}

TEST_P(JournalledRun, whose_command_is_recorded_when_it_starts) {
  Pipeline pipeline = Pipeline("test").input("text").output("out");
  pipeline.pipe(PipeSpec("say")
                    .reads("text", Feed::standard_input)
                    .writes("out", Yield::standard_output)
                    .command({"sh", "-c", "cat >/dev/null; echo $COFFER_RUN"}));
  const RunResult result = scene.execute(std::move(pipeline), text(), RunOptions().run_id("x"));
  EXPECT_THAT(scene.load(result, "out"), testing::MatchesRegex("x:[0-9a-f]+\n"));
  std::string journal;
  for (const JournalSegment& segment : scene.run(scene.journals().co_read("x"))) journal += segment.bytes;
  EXPECT_THAT(journal, HasSubstr("\"record\": \"started\""));
  EXPECT_TRUE(std::filesystem::is_empty(scene.folder() / "work"));
}

/// Gives what the next one reads, and fails after that one has given what it makes of it.
Task<> co_give_and_fail(PipeIo& io, std::shared_ptr<test::RunEvents> events) {
  co_await io.co_give("middle", "too early");
  co_await events->co_seen("committed out");
  throw Error(ErrorKind::io, "after all");
}

TEST_P(JournalledRun, counts_no_pipe_as_finished_before_those_that_it_reads_from) {
  const auto events = std::make_shared<test::RunEvents>();
  Pipeline pipeline = Pipeline("test").output("out");
  pipeline.pipe(PipeSpec("first").writes("middle").run([events](PipeIo& io) { return co_give_and_fail(io, events); }));
  pipeline.pipe(PipeSpec("second").reads("middle").writes("out").run(
      [ledger = ledger](PipeIo& io) { return co_second(io, ledger); }));
  const Error error = test::error_of(
      [&] { scene.execute(std::move(pipeline), RunInputs(), RunOptions().run_id("x").observer(events)); });
  EXPECT_THAT(error.what(), HasSubstr("after all"));
  EXPECT_THAT(scene.find("x")->pipes, IsEmpty());
}

Task<> co_list_words(PipeIo& io, std::shared_ptr<Ledger> ledger) {
  ++ledger->first;
  ListSinkPtr list = co_await io.co_output_list("words");
  for (const char* word : {"one", "two", "three"}) co_await list->co_append(std::string(word));
  co_await list->co_commit();
}

Task<> co_shout_word(PipeIo& io, std::shared_ptr<Ledger> ledger) {
  SourcePtr source = co_await io.co_input("word");
  std::string word;
  while (const std::optional<Chunk> chunk = co_await source->co_read()) word += chunk->text();
  if (ledger->fails && word == "three") throw Error(ErrorKind::io, "the model is away");
  ++ledger->second;
  co_await io.co_give("loud", word + "!");
}

/// list -> words -> (each) -> loud, one after the other.
Pipeline batch_of_words(const std::shared_ptr<Ledger>& ledger) {
  Pipeline pipeline = Pipeline("test").output("loud");
  pipeline.pipe(PipeSpec("list").writes_list("words", "text/plain").run([ledger](PipeIo& io) {
    return co_list_words(io, ledger);
  }));
  pipeline.pipe(PipeSpec("each").batch("words", "word", 1).reads("word").writes("loud").run([ledger](PipeIo& io) {
    return co_shout_word(io, ledger);
  }));
  return pipeline;
}

Task<std::string> co_all_of(Storage& storage, Uri list) {
  std::string all;
  const std::vector<ListElement> elements = co_await co_load_list(storage, std::move(list));
  for (const ListElement& element : elements) all += co_await storage.co_load(element.stored.uri);
  co_return std::move(all);
}

TEST_P(JournalledRun, that_failed_in_a_batch_goes_on_with_the_elements_that_were_not_done) {
  ledger->fails = true;
  test::error_of([&] { scene.execute(batch_of_words(ledger), RunInputs(), RunOptions().run_id("x").overlap(false)); });
  EXPECT_EQ(ledger->second, 2);
  ledger->fails = false;
  const RunResult result = scene.execute(batch_of_words(ledger), RunInputs(), RunOptions().run_id("x"));
  EXPECT_EQ(scene.run(co_all_of(scene.storage(), result.outputs.at("loud").uri)), "one!two!three!");
  EXPECT_EQ(ledger->first, 1);
  EXPECT_EQ(ledger->second, 3);
  EXPECT_EQ(scene.keys().size(), 4U) << "the list of results, and its elements";
  Runs runs(scene.storage());
  DisposeOptions kept;
  kept.keep(Keep::outputs);
  EXPECT_TRUE(scene.run(runs.co_dispose("x", kept)).complete);
  EXPECT_EQ(scene.run(co_all_of(scene.storage(), result.outputs.at("loud").uri)), "one!two!three!");
}

TEST_P(JournalledRun, that_was_interrupted_behind_a_batch_has_its_list_still) {
  const auto refuse = [](const RunResult&) { return co_refuse(); };
  test::error_of([&] { scene.execute(batch_of_words(ledger), RunInputs(), RunOptions().run_id("x").deliver(refuse)); });
  const RunResult result = scene.execute(batch_of_words(ledger), RunInputs(), RunOptions().run_id("x"));
  EXPECT_EQ(scene.run(co_all_of(scene.storage(), result.outputs.at("loud").uri)), "one!two!three!");
  EXPECT_EQ(ledger->first, 1);
  EXPECT_EQ(ledger->second, 3);
  EXPECT_THAT(result.reused, UnorderedElementsAre("list", "each"));
  scene.dispose("x");
  EXPECT_THAT(scene.keys(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(On, JournalledRun, testing::ValuesIn(test::all_loop_kinds),
                         [](const auto& info) { return to_string(info.param); });

TEST(JournalledRunFailures, each_step_that_fails_is_told_and_the_run_goes_on_afterwards) {
  auto ledger = std::make_shared<Ledger>();
  test::FailingVerb<RunScene> verb;
  verb.name = "journalled run on a full disk";
  verb.prepare = [](RunScene&) {};
  verb.perform = [ledger](RunScene& scene) {
    *ledger = Ledger();
    scene.execute(two_pipes(ledger), text(), RunOptions().run_id("x").inline_below(0));
  };
  verb.check = [ledger](RunScene& scene, const std::optional<Error>&) {
    // As another process goes on once there is room: begun or not, ended well or not.
    RunScene healthy(scene);
    const RunResult result = healthy.execute(two_pipes(ledger), text(), RunOptions().run_id("x").inline_below(0));
    EXPECT_EQ(healthy.load(result, "out"), "hello, once, twice");
    healthy.dispose("x");
    EXPECT_THAT(healthy.keys(), IsEmpty());
    EXPECT_THAT(healthy.run(healthy.journals().co_runs()), IsEmpty());
    EXPECT_TRUE(healthy.settle());
  };
  test::fail_each_step_once<RunScene>(verb, [] { return std::make_unique<RunScene>(); }, ENOSPC);
}

}  // namespace
}  // namespace coffer
