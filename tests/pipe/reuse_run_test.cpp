#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <coffer/pipe/list.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipe/run_pins.hpp"
#include "pipe/run_scene.hpp"
#include "support/thrown_error.hpp"

namespace coffer {
namespace {

namespace fs = std::filesystem;

using test::LoopKind;
using test::RunScene;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::UnorderedElementsAre;

Task<> co_ask(PipeIo& io, std::shared_ptr<int> calls) {
  ++*calls;
  SourcePtr source = co_await io.co_input("text");
  while (co_await source->co_read()) continue;
  co_await io.co_give("answer", "an answer");
}

/// What the run said of its pipes.
class Ears final : public RunObserver {
 public:
  void taken(const std::string& pipe, const std::string& run) noexcept override { took.emplace_back(pipe, run); }
  void not_taken(const std::string& pipe, std::string_view why) noexcept override { refused.emplace_back(pipe, why); }

  void again(const std::string& name, std::string_view why) noexcept override { repeated.emplace_back(name, why); }

  std::vector<std::pair<std::string, std::string>> took;
  std::vector<std::pair<std::string, std::string>> repeated;
  std::vector<std::pair<std::string, std::string>> refused;
};

/// Programs that add a word to a ledger each time they run.
class ReuseRun : public testing::TestWithParam<LoopKind> {
 protected:
  fs::path file(const std::string& name, const std::string& text) const {
    fs::create_directories(scene.folder() / "files");
    fs::path path = scene.folder() / "files" / name;
    std::ofstream(path) << text;
    return path;
  }
  /// text -> first -> middle -> second -> out.
  Pipeline two_pipes(const std::string& suffix = "!") const {
    const std::string ledger = (scene.folder() / "ledger").string();
    Pipeline pipeline = Pipeline("test").input("text").output("out");
    pipeline.pipe(PipeSpec("first")
                      .reads("text", Feed::standard_input)
                      .writes("middle", Yield::standard_output)
                      .command({"sh", "-c", "echo first >> \"$0\"; tr a-z A-Z", ledger}));
    pipeline.pipe(PipeSpec("second")
                      .reads("middle", Feed::standard_input)
                      .writes("out", Yield::standard_output)
                      .command({"sh", "-c", "echo second >> \"$0\"; cat; printf '%s' \"$1\"", ledger, suffix}));
    return pipeline;
  }
  /// text -> words, a list.
  PipeSpec split() const {
    PipeSpec pipe = PipeSpec("split").reads("text", Feed::standard_input).writes("words", Yield::folder);
    pipe.command({"sh", "-c", "echo split >> \"$0\"; read a b; echo $a > \"$1/a\"; echo $b > \"$1/b\"",
                  (scene.folder() / "ledger").string(), "{words}"});
    return pipe;
  }
  /// text -> split -> words, a list -> shout, for each -> loud.
  Pipeline words() const {
    const std::string ledger = (scene.folder() / "ledger").string();
    Pipeline pipeline = Pipeline("test").input("text").output("loud");
    pipeline.pipe(split());
    pipeline.pipe(PipeSpec("shout")
                      .batch("words", "word")
                      .reads("word", Feed::standard_input)
                      .writes("loud", Yield::standard_output)
                      .command({"sh", "-c", "echo shout >> \"$0\"; tr a-z A-Z", ledger}));
    return pipeline;
  }
  /// As the files that `coffer run` is given are: stored by the run.
  RunInputs stored(const fs::path& path) {
    Uri uri = Uri::of_file(path.string()).value();
    SourcePtr source = scene.run(scene.storage().co_open(uri));
    RunInputs inputs;
    inputs.ingest("text", std::move(source));
    inputs.origin("text", std::move(uri));
    return inputs;
  }
  RunInputs piped(const std::string& text) const { return RunInputs().ingest("text", make_memory_source(text)); }

  RunResult run(const std::string& id, RunInputs inputs, Pipeline pipeline, RunOptions options = RunOptions()) {
    ears = std::make_shared<Ears>();
    fs::remove(scene.folder() / "ledger");
    options.run_id(id).reuse(true).observer(ears);
    return scene.execute(std::move(pipeline), std::move(inputs), std::move(options));
  }
  std::vector<std::string> ran() const {
    std::vector<std::string> words;
    std::ifstream ledger(scene.folder() / "ledger");
    for (std::string word; ledger >> word;) words.push_back(word);
    return words;
  }
  std::vector<RunPin> pins_on(const std::string& id) { return scene.run(scene.journals().co_pins(id)); }

  RunScene scene{GetParam()};
  std::shared_ptr<Ears> ears;
};

TEST_P(ReuseRun, the_same_file_again_takes_everything_and_stores_nothing) {
  const fs::path text = file("text", "hello");
  run("x", stored(text), two_pipes());
  EXPECT_THAT(ran(), UnorderedElementsAre("first", "second"));
  EXPECT_THAT(ears->refused, UnorderedElementsAre(Pair("first", "no earlier run has finished it"),
                                                  Pair("second", "no earlier run has finished it")));
  const std::size_t objects = scene.keys().size();
  const RunResult again = run("y", stored(text), two_pipes());
  EXPECT_THAT(ran(), IsEmpty());
  EXPECT_EQ(scene.load(again, "out"), "HELLO!");
  EXPECT_THAT(again.taken, UnorderedElementsAre(Pair("first", "x"), Pair("second", "x")));
  EXPECT_THAT(ears->took, UnorderedElementsAre(Pair("first", "x"), Pair("second", "x")));
  EXPECT_THAT(ears->refused, IsEmpty());
  EXPECT_EQ(scene.keys().size(), objects);
  EXPECT_EQ(again.bytes_stored, 0U);
}

TEST_P(ReuseRun, a_copy_of_the_file_is_the_same_input_and_another_text_of_its_size_is_not) {
  run("x", stored(file("text", "hello")), two_pipes());
  run("y", stored(file("copy", "hello")), two_pipes());
  EXPECT_THAT(ran(), IsEmpty());
  const RunResult other = run("z", stored(file("other", "hallo")), two_pipes());
  EXPECT_THAT(ran(), UnorderedElementsAre("first", "second"));
  EXPECT_EQ(scene.load(other, "out"), "HALLO!");
  EXPECT_THAT(ears->refused, Contains(Pair("first", "its input 'text' is another one now")));
}

TEST_P(ReuseRun, a_stream_is_told_by_what_came_of_it) {
  run("x", piped("hello"), two_pipes());
  const RunResult again = run("y", piped("hello"), two_pipes(), RunOptions().overlap(false));
  EXPECT_EQ(scene.load(again, "out"), "HELLO!");
  EXPECT_THAT(ears->took, Contains(Pair("second", "x")));
  const RunResult other = run("z", piped("hallo"), two_pipes());
  EXPECT_THAT(ran(), UnorderedElementsAre("first", "second"));
  EXPECT_EQ(scene.load(other, "out"), "HALLO!");
}

TEST_P(ReuseRun, another_argument_runs_that_pipe_and_what_it_needs) {
  const fs::path text = file("text", "hello");
  run("x", stored(text), two_pipes(), RunOptions().keep(Keep::everything));
  const RunResult other = run("y", stored(text), two_pipes("?"));
  EXPECT_THAT(ran(), ElementsAre("second"));
  EXPECT_EQ(scene.load(other, "out"), "HELLO?");
  EXPECT_THAT(ears->refused, ElementsAre(Pair("second", "its arguments, or what it reads or writes, have changed")));
  // Of this run nothing is left that the third could be made of.
  scene.dispose("x");
  run("z", stored(text), two_pipes("."));
  EXPECT_THAT(ran(), UnorderedElementsAre("first", "second"));
}

TEST_P(ReuseRun, another_first_pipe_that_makes_the_same_leaves_the_second_alone) {
  const fs::path text = file("text", "HELLO");
  run("x", stored(text), two_pipes());
  Pipeline other = Pipeline("test").input("text").output("out");
  other.pipe(
      PipeSpec("first").reads("text", Feed::standard_input).writes("middle", Yield::standard_output).command({"cat"}));
  other.pipe(two_pipes().pipes()[1]);
  const RunResult result = run("y", stored(text), std::move(other));
  EXPECT_THAT(ran(), IsEmpty());
  EXPECT_THAT(ears->took, ElementsAre(Pair("second", "x")));
  EXPECT_EQ(scene.load(result, "out"), "HELLO!");
}

TEST_P(ReuseRun, another_program_is_run) {
  const fs::path program = file("shout", "#!/bin/sh\nexec tr a-z A-Z\n");
  fs::permissions(program, fs::perms::owner_all);
  const auto shouting = [&] {
    Pipeline pipeline = Pipeline("test").input("text").output("out");
    pipeline.pipe(PipeSpec("shout")
                      .reads("text", Feed::standard_input)
                      .writes("out", Yield::standard_output)
                      .command({program.string()}));
    return pipeline;
  };
  const fs::path text = file("text", "hello");
  run("x", stored(text), shouting());
  std::ofstream(program, std::ios::app) << "# changed\n";
  run("y", stored(text), shouting());
  EXPECT_THAT(ears->refused, ElementsAre(Pair("shout", "its program " + program.string() + " has changed")));
}

TEST_P(ReuseRun, a_declared_variable_counts_and_the_command_gets_it) {
  const auto with = [](const std::string& value) {
    Pipeline pipeline = Pipeline("test").input("text").output("out");
    pipeline.pipe(PipeSpec("say")
                      .reads("text", Feed::standard_input)
                      .writes("out", Yield::standard_output)
                      .environment("WORD", value)
                      .command({"sh", "-c", "cat >/dev/null; printf '%s' \"$WORD\""}));
    return pipeline;
  };
  const fs::path text = file("text", "hello");
  EXPECT_EQ(scene.load(run("x", stored(text), with("a b")), "out"), "a b");
  EXPECT_EQ(run("y", stored(text), with("a b")).taken.size(), 1U);
  const RunResult other = run("z", stored(text), with("c"));
  EXPECT_EQ(scene.load(other, "out"), "c");
  EXPECT_THAT(other.taken, IsEmpty());
}

TEST_P(ReuseRun, an_output_that_is_gone_or_was_replaced_is_made_again) {
  const fs::path text = file("text", "hello");
  const Uri out = run("x", stored(text), two_pipes()).outputs.at("out").uri;
  Task<Stored> replacing = scene.storage().co_store_at(out, "HELLO?");
  scene.run(std::move(replacing));
  EXPECT_EQ(scene.load(run("y", stored(text), two_pipes()), "out"), "HELLO!");
  EXPECT_THAT(ran(), UnorderedElementsAre("first", "second")) << "what the second needs is not there, either";
  scene.dispose("y");
  scene.run(scene.storage().co_remove(out));
  EXPECT_EQ(scene.load(run("z", stored(text), two_pipes()), "out"), "HELLO!");
  EXPECT_THAT(ran(), UnorderedElementsAre("first", "second"));
}

TEST_P(ReuseRun, what_it_took_stays_until_it_is_disposed_of) {
  const fs::path text = file("text", "hello");
  run("x", stored(text), two_pipes());
  const RunResult again = run("y", stored(text), two_pipes());
  EXPECT_THAT(pins_on("x"), SizeIs(1));
  const DisposeReport left = scene.dispose("x");
  EXPECT_FALSE(left.complete);
  EXPECT_EQ(scene.load(again, "out"), "HELLO!");
  // Of a run that is being disposed of nothing is taken.
  run("z", stored(text), two_pipes());
  EXPECT_THAT(ran(), UnorderedElementsAre("first", "second"));
  EXPECT_TRUE(scene.dispose("y").complete);
  EXPECT_THAT(pins_on("x"), IsEmpty());
  EXPECT_TRUE(scene.dispose("x").complete);
  scene.dispose("z");
  EXPECT_THAT(scene.keys(), IsEmpty());
}

TEST_P(ReuseRun, an_output_goes_where_it_was_asked_for) {
  const fs::path text = file("text", "hello");
  run("x", stored(text), two_pipes());
  const Uri place = scene.storage().uri_of("mine/out.txt");
  const RunResult again = run("y", stored(text), two_pipes(), RunOptions().store_at("out", place));
  EXPECT_THAT(ran(), IsEmpty());
  EXPECT_EQ(again.outputs.at("out").uri, place);
  EXPECT_EQ(scene.load(again, "out"), "HELLO!");
  scene.dispose("y");
  scene.dispose("x");
  EXPECT_THAT(scene.keys(), ElementsAre("mine/out.txt"));
}

TEST_P(ReuseRun, a_run_that_took_can_be_taken_from) {
  const fs::path text = file("text", "hello");
  run("x", stored(text), two_pipes());
  run("y", stored(text), two_pipes());
  const RunResult third = run("z", stored(text), two_pipes());
  EXPECT_THAT(ran(), IsEmpty());
  EXPECT_EQ(scene.load(third, "out"), "HELLO!");
  EXPECT_THAT(pins_on("x"), SizeIs(2));
}

TEST_P(ReuseRun, that_failed_goes_on_with_what_it_took) {
  const fs::path text = file("text", "hello");
  run("x", stored(text), two_pipes(), RunOptions().keep(Keep::everything));
  Pipeline fails = two_pipes();
  Pipeline pipeline = Pipeline("test").input("text").output("out").pipe(fails.pipes()[0]);
  const std::string good = (scene.folder() / "files" / "good").string();
  pipeline.pipe(PipeSpec("second")
                    .reads("middle", Feed::standard_input)
                    .writes("out", Yield::standard_output)
                    .command({"sh", "-c", "test -e \"$0\" || exit 3; cat", good}));
  const Error error = test::error_of([&] { run("y", stored(text), pipeline); });
  EXPECT_EQ(error.kind(), ErrorKind::pipe_failed);
  EXPECT_THAT(pins_on("x"), SizeIs(1));
  scene.dispose("x");
  file("good", "");
  const RunResult resumed = run("y", stored(text), pipeline);
  EXPECT_THAT(ran(), IsEmpty());
  EXPECT_EQ(scene.load(resumed, "out"), "HELLO");
  EXPECT_THAT(pins_on("x"), IsEmpty()) << "it has ended well, and does not keep what its pipes handed each other";
}

TEST_P(ReuseRun, that_failed_goes_on_with_what_it_took_also_where_nobody_says_again_to_reuse) {
  const std::string good = (scene.folder() / "files" / "good").string();
  const auto words = [&](const std::string& join) {
    Pipeline pipeline = Pipeline("test").input("text").output("all");
    pipeline.pipe(split());
    pipeline.pipe(PipeSpec("join")
                      .reads("words", Feed::path)
                      .writes("all", Yield::standard_output)
                      .command({"sh", "-c", join, good, "{words}"}));
    return pipeline;
  };
  const fs::path text = file("text", "one two\n");
  run("x", stored(text), words("cat \"$1\"/*"), RunOptions().keep(Keep::everything));
  EXPECT_THAT(ran(), ElementsAre("split"));
  const std::string strict = "test -e \"$0\" || exit 3; cat \"$1\"/*";
  EXPECT_EQ(test::error_of([&] { run("y", stored(text), words(strict)); }).kind(), ErrorKind::pipe_failed);
  EXPECT_THAT(ears->took, ElementsAre(Pair("split", "x")));
  file("good", "");
  ears = std::make_shared<Ears>();
  const RunResult resumed = scene.execute(words(strict), stored(text), RunOptions().run_id("y").observer(ears));
  EXPECT_THAT(ran(), IsEmpty());
  EXPECT_THAT(ears->repeated, IsEmpty());
  EXPECT_EQ(scene.load(resumed, "all"), "one\ntwo\n");
}

TEST_P(ReuseRun, killed_between_the_pin_and_the_record_it_holds_nothing_for_long) {
  const fs::path text = file("text", "hello");
  const Uri out = run("x", stored(text), two_pipes()).outputs.at("out").uri;
  scene.run(scene.journals().co_claim("y", true)).reset();
  scene.run(co_pin_input(scene.storage(), "y", "out", out));
  EXPECT_FALSE(scene.dispose("x").complete);
  Runs runs(scene.storage());
  EXPECT_EQ(scene.run(runs.co_collect(false)).removed, 1U) << "the run that never began";
  EXPECT_EQ(scene.run(runs.co_collect(false)).removed, 1U) << "and then what it had held";
  EXPECT_THAT(scene.keys(), IsEmpty());
}

TEST_P(ReuseRun, so_it_is_also_begun_again) {
  const fs::path text = file("text", "hello");
  const Uri out = run("x", stored(text), two_pipes()).outputs.at("out").uri;
  scene.run(scene.journals().co_claim("y", true)).reset();
  scene.run(co_pin_input(scene.storage(), "y", "out", out));
  EXPECT_THAT(run("y", stored(text), two_pipes()).taken, SizeIs(2));
  EXPECT_THAT(pins_on("x"), SizeIs(1));
}

TEST_P(ReuseRun, lists_are_taken_where_all_of_them_is_there) {
  const fs::path text = file("text", "one two\n");
  const Uri list = run("x", stored(text), words()).outputs.at("loud").uri;
  EXPECT_THAT(ran(), UnorderedElementsAre("split", "shout", "shout"));
  const RunResult again = run("y", stored(text), words());
  EXPECT_THAT(ran(), IsEmpty());
  EXPECT_THAT(again.taken, SizeIs(2));
  EXPECT_EQ(again.outputs.at("loud").uri, list);
  EXPECT_FALSE(scene.dispose("x").complete);
  EXPECT_EQ(scene.keys().size(), 3U) << "the list and its elements";
  scene.dispose("y");
  EXPECT_TRUE(scene.dispose("x").complete);
  // An element is gone.
  const Uri next = run("z", stored(text), words()).outputs.at("loud").uri;
  const std::vector<ListElement> elements = scene.run(co_load_list(scene.storage(), next));
  scene.run(scene.storage().co_remove(elements.at(1).stored.uri));
  run("u", stored(text), words());
  EXPECT_THAT(ears->refused, Contains(Pair("shout", "its output 'loud[1]' is not in the store any more")));
}

TEST_P(ReuseRun, a_list_that_goes_to_a_place_of_its_own_is_made_there_with_its_elements) {
  const fs::path text = file("text", "one two\n");
  const Uri place = scene.storage().uri_of("mine/loud");
  run("x", stored(text), words());
  run("y", stored(text), words(), RunOptions().store_at("loud", place));
  EXPECT_THAT(ears->refused, Contains(Pair("shout", HasSubstr("'loud' is a list that goes to a place of its own"))));
  EXPECT_TRUE(scene.dispose("y").complete);
  EXPECT_TRUE(scene.dispose("x").complete);
  for (const ListElement& element : scene.run(co_load_list(scene.storage(), place)))
    EXPECT_TRUE(scene.run(scene.storage().co_head(element.stored.uri))) << element.stored.uri.text();
}

TEST_P(ReuseRun, is_not_stopped_by_the_journal_of_another_run_that_is_damaged) {
  const fs::path text = file("text", "hello");
  run("x", stored(text), two_pipes());
  run("y", stored(text), two_pipes());
  scene.damage_journal("x");
  const RunResult third = run("z", stored(text), two_pipes());
  EXPECT_EQ(scene.load(third, "out"), "HELLO!");
}

TEST_P(ReuseRun, a_routine_is_taken_where_it_says_what_it_depends_on) {
  auto calls = std::make_shared<int>(0);
  const auto with = [&](const std::string& model) {
    Pipeline pipeline = Pipeline("test").input("text").output("out");
    PipeSpec ask =
        PipeSpec("ask").reads("text").writes("answer").run([calls](PipeIo& io) { return co_ask(io, calls); });
    if (!model.empty()) ask.reusable(model);
    pipeline.pipe(std::move(ask));
    pipeline.pipe(
        PipeSpec("print").reads("answer", Feed::standard_input).writes("out", Yield::standard_output).command({"cat"}));
    return pipeline;
  };
  const fs::path text = file("text", "hello");
  run("a", stored(text), with("model 1"));
  EXPECT_THAT(run("b", stored(text), with("model 1")).taken, SizeIs(2));
  EXPECT_EQ(*calls, 1);
  // The second answer is the first one, in the journal alone.
  const RunResult other = run("c", stored(text), with("model 2"));
  EXPECT_EQ(*calls, 2);
  EXPECT_EQ(scene.load(other, "out"), "an answer");
  EXPECT_THAT(ears->took, ElementsAre(Pair("print", "b")));
  run("d", stored(text), with(""));
  EXPECT_EQ(*calls, 3);
  EXPECT_THAT(ears->refused, Contains(Pair("ask", HasSubstr("PipeSpec::reusable"))));
}

TEST_P(ReuseRun, without_an_id_is_refused) {
  const Error error = test::error_of([&] { scene.execute(two_pipes(), piped("hello"), RunOptions().reuse(true)); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(On, ReuseRun, testing::Values(LoopKind::own_thread, LoopKind::attached_to_three_threads),
                         [](const auto& info) { return to_string(info.param); });

}  // namespace
}  // namespace coffer
