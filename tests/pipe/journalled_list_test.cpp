#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <coffer/pipe/list.hpp>
#include <coffer/pipe/typed_pipe.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipe/run_scene.hpp"
#include "support/thrown_error.hpp"

namespace coffer {
namespace {

using test::RunScene;
using testing::ElementsAre;
using testing::IsEmpty;

/// How often each has run, a batch for each of its elements, and whether the last one fails.
struct ListLedger {
  int list = 0;
  int twice = 0;
  bool fails = false;
};

using ListLedgerPtr = std::shared_ptr<ListLedger>;

Task<> co_make_words(PipeIo& io, ListLedgerPtr ledger) {
  ++ledger->list;
  ListSinkPtr list = co_await io.co_output_list("words");
  for (const char* word : {"a", "b"}) co_await list->co_append(std::string(word));
  co_await list->co_commit();
}

Task<std::string> co_say_twice(ListLedgerPtr ledger, std::string word) {
  ++ledger->twice;
  co_return word + word;
}

Task<std::string> co_join_words(ListLedgerPtr ledger, ListReaderPtr list) {
  if (ledger->fails) throw Error(ErrorKind::io, "the model is away");
  std::string all;
  while (std::optional<ListElement> element = co_await list->co_next()) {
    const SourcePtr source = co_await list->co_open(std::move(*element));
    while (const std::optional<Chunk> chunk = co_await source->co_read()) all += chunk->text();
  }
  co_return all;
}

PipeSpec joining(const ListLedgerPtr& ledger, const std::string& from) {
  return typed_pipe("join", [ledger](PipeIo&, ListReaderPtr list) { return co_join_words(ledger, std::move(list)); },
                    {from}, {"all"});
}

/// words (a list) -> twice, for each -> doubles (an output) -> join -> all (an output).
Pipeline three_pipes(const ListLedgerPtr& ledger) {
  Pipeline pipeline = Pipeline("test").output("doubles").output("all");
  pipeline.pipe(PipeSpec("list").writes_list("words").run([ledger](PipeIo& io) { return co_make_words(io, ledger); }));
  pipeline.pipe(typed_pipe("twice",
                           [ledger](PipeIo&, std::string word) { return co_say_twice(ledger, std::move(word)); },
                           {"word"}, {"doubles"})
                    .batch("words", "word"));
  pipeline.pipe(joining(ledger, "doubles"));
  return pipeline;
}

class JournalledList : public testing::Test {
 protected:
  RunOptions options() const { return RunOptions().run_id("x").overlap(false); }
  RunResult execute(RunOptions how) { return scene.execute(three_pipes(ledger), RunInputs(), std::move(how)); }
  void fail_once() {
    ledger->fails = true;
    EXPECT_EQ(test::error_of([&] { execute(options()); }).kind(), ErrorKind::pipe_failed);
    ledger->fails = false;
  }
  std::vector<ListElement> elements(const Uri& list) { return scene.run(co_load_list(scene.storage(), list)); }
  std::string words_in(const Uri& list) {
    std::string words;
    for (const ListElement& element : elements(list)) words += scene.run(scene.storage().co_load(element.stored.uri));
    return words;
  }
  std::size_t left_by_dispose(Keep keep) {
    Runs runs(scene.storage());
    scene.run(runs.co_dispose("x", DisposeOptions().keep(keep)));
    return scene.keys().size();
  }
  /// A run of its own that reads what this one has made.
  RunResult read_elsewhere(std::vector<Uri> uris, Uri origin) {
    Pipeline pipeline = Pipeline("reader").input_list("doubles").output("all").pipe(joining(ledger, "doubles"));
    return scene.execute(std::move(pipeline), RunInputs().list("doubles", std::move(uris), std::move(origin)),
                         RunOptions().run_id("y"));
  }

  RunScene scene;
  ListLedgerPtr ledger = std::make_shared<ListLedger>();
};

TEST_F(JournalledList, is_not_made_again_and_only_that_of_an_output_is_kept) {
  fail_once();
  EXPECT_EQ(scene.keys().size(), 6U) << "two lists of two elements";
  const RunResult result = execute(options());
  EXPECT_EQ(scene.load(result, "all"), "aabb");
  EXPECT_EQ(ledger->list, 1);
  EXPECT_EQ(ledger->twice, 2);
  EXPECT_THAT(result.reused, ElementsAre("list", "twice"));
  EXPECT_EQ(scene.keys().size(), 4U) << "the output and the list that is one";
  EXPECT_EQ(elements(result.outputs.at("doubles").uri).size(), 2U);
}

TEST_F(JournalledList, of_which_an_element_is_gone_is_made_again) {
  fail_once();
  for (const std::string& key : scene.keys()) {
    const Uri uri = scene.storage().uri_of(key);
    if (scene.run(scene.storage().co_load(uri)) == "aa") scene.run(scene.storage().co_remove(uri));
  }
  const RunResult result = execute(options());
  EXPECT_EQ(scene.load(result, "all"), "aabb");
  EXPECT_EQ(ledger->list, 1);
  EXPECT_EQ(ledger->twice, 4);
  EXPECT_EQ(scene.keys().size(), 4U);
}

TEST_F(JournalledList, is_kept_or_removed_with_its_elements) {
  execute(options().keep(Keep::everything));
  EXPECT_EQ(scene.keys().size(), 7U);
  EXPECT_EQ(left_by_dispose(Keep::nothing), 0U);
  fail_once();
  EXPECT_EQ(left_by_dispose(Keep::outputs), 3U);
}

TEST_F(JournalledList, in_a_place_that_only_an_earlier_attempt_was_given_is_left_with_its_elements) {
  const Uri place = scene.storage().uri_of("mine/doubles");
  ledger->fails = true;
  test::error_of([&] { execute(options().store_at("doubles", place)); });
  ledger->fails = false;
  EXPECT_EQ(execute(options()).outputs.at("doubles").uri, place) << "it is made already";
  EXPECT_EQ(left_by_dispose(Keep::nothing), 3U);
  EXPECT_EQ(words_in(place), "aabb");
}

TEST_F(JournalledList, in_places_of_several_attempts_is_left_in_each_with_its_elements) {
  const Uri one = scene.storage().uri_of("mine/one");
  const Uri two = scene.storage().uri_of("mine/two");
  ledger->fails = true;
  test::error_of([&] { execute(options().store_at("doubles", one)); });
  ledger->fails = false;
  execute(options().store_at("doubles", two));
  EXPECT_EQ(words_in(one), "aabb");
  EXPECT_EQ(words_in(two), "aabb");
  EXPECT_EQ(left_by_dispose(Keep::nothing), 6U);
  EXPECT_EQ(words_in(one), "aabb");
  EXPECT_EQ(words_in(two), "aabb");
}

TEST_F(JournalledList, in_a_place_of_its_own_is_left_with_its_elements) {
  const Uri place = scene.storage().uri_of("mine/doubles");
  execute(options().store_at("doubles", place).keep(Keep::outputs));
  EXPECT_EQ(scene.keys().size(), 4U);
  EXPECT_EQ(left_by_dispose(Keep::nothing), 3U);
  for (const ListElement& element : elements(place))
    EXPECT_TRUE(scene.run(scene.storage().co_head(element.stored.uri))) << element.stored.uri.text();
}

TEST_F(JournalledList, that_nobody_can_read_any_more_keeps_all_of_its_run) {
  const Uri list = execute(options()).outputs.at("doubles").uri;
  const std::filesystem::path file = list.path();
  const auto written = std::filesystem::last_write_time(file);
  std::fstream(file, std::ios::in | std::ios::out) << "[";
  std::filesystem::last_write_time(file, written);
  Runs runs(scene.storage());
  const DisposeReport report = scene.run(runs.co_dispose("x", DisposeOptions().keep(Keep::outputs)));
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(scene.keys().size(), 4U);
  ASSERT_EQ(report.left.size(), 1U);
  EXPECT_EQ(report.left[0].uri, list.text());
  EXPECT_THAT(report.left[0].why, testing::StartsWith("nobody can read what is in this list"));
}

TEST_F(JournalledList, is_not_read_where_everything_is_kept) {
  const std::filesystem::path file = execute(options()).outputs.at("doubles").uri.path();
  std::fstream(file, std::ios::in | std::ios::out) << "[";
  Runs runs(scene.storage());
  EXPECT_TRUE(scene.run(runs.co_dispose("x", DisposeOptions().keep(Keep::everything))).complete);
  EXPECT_EQ(scene.keys().size(), 4U);
}

TEST_F(JournalledList, that_another_run_reads_is_left_with_its_elements) {
  const Uri list = execute(options()).outputs.at("doubles").uri;
  std::vector<Uri> uris;
  for (const ListElement& element : elements(list)) uris.push_back(element.stored.uri);
  ledger->fails = true;
  test::error_of([&] { read_elsewhere(uris, list); });
  EXPECT_EQ(left_by_dispose(Keep::nothing), 4U) << "all that the run has which made them";
  ledger->fails = false;
  EXPECT_EQ(scene.load(read_elsewhere(uris, list), "all"), "aabb");
  EXPECT_EQ(left_by_dispose(Keep::nothing), 1U) << "what the reader made";
}

TEST_F(JournalledList, that_another_run_reads_outlives_the_end_of_its_own) {
  fail_once();
  std::vector<Uri> uris;
  for (const std::string& key : scene.keys()) {
    const Uri uri = scene.storage().uri_of(key);
    if (scene.run(scene.storage().co_load(uri)).size() == 1) uris.push_back(uri);
  }
  ASSERT_EQ(uris.size(), 2U) << "the words";
  ledger->fails = true;
  test::error_of([&] { read_elsewhere(uris, Uri()); });
  ledger->fails = false;
  execute(options().keep(Keep::nothing));
  EXPECT_EQ(scene.load(read_elsewhere(uris, Uri()), "all").size(), 2U);
  EXPECT_EQ(left_by_dispose(Keep::nothing), 1U) << "what the reader made";
}

}  // namespace
}  // namespace coffer
