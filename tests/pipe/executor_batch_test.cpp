#include <atomic>

#include <coffer/pipe/typed_pipe.hpp>
#include <sys/stat.h>

#include "pipe/executor_fixture.hpp"
#include "support/this_process.hpp"

namespace coffer {
namespace {

using test::RunEvents;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Events = std::shared_ptr<RunEvents>;
using Words = std::vector<std::string>;

Task<> co_list(PipeIo& io, std::string to, Words words) {
  ListSinkPtr list = co_await io.co_output_list(std::move(to));
  for (std::string& word : words) co_await list->co_append(std::move(word));
  co_await list->co_commit();
}

/// Writes the list `words`.
PipeSpec listing(const Words& words) {
  return PipeSpec("list").writes_list("words", "text/plain").run([words](PipeIo& io) {
    return co_list(io, "words", words);
  });
}

/// Goes over `words` and writes `loud`.
PipeSpec batch(PipeRoutine routine, std::size_t at_most = BatchSpec::usual) {
  return PipeSpec("shout")
      .batch("words", "word", at_most)
      .reads("word")
      .writes("loud", "text/plain")
      .run(std::move(routine));
}

Task<> co_shout(PipeIo& io) { return test::co_shout(io, "word", "loud"); }

Words numbers(std::size_t count) {
  Words words;
  for (std::size_t i = 0; i < count; ++i) words.push_back("word" + std::to_string(i));
  return words;
}

/// From a folder, with the commands that fill it.
PipeSpec filling(const std::string& script) {
  return PipeSpec("fill").writes("words", Yield::folder, "text/plain").command({"sh", "-c", script, "sh", "{words}"});
}

class ExecutorBatchTest : public test::ExecutorFixture {
 protected:
  static Task<Words> co_contents(Storage& storage, Uri list) {
    Words contents;
    const std::vector<ListElement> elements = co_await co_load_list(storage, std::move(list));
    for (const ListElement& element : elements) contents.push_back(co_await storage.co_load(element.stored.uri));
    co_return contents;
  }
  Words contents(const RunResult& result, const std::string& name) {
    return run(co_contents(*storage, result.outputs.at(name).uri));
  }
  Pipeline shouting(PipeSpec from, PipeSpec to) {
    return Pipeline("test").output("loud").pipe(std::move(from)).pipe(std::move(to));
  }
};

INSTANTIATE_TEST_SUITE_P(, ExecutorBatchTest, test::every_loop_and_store, test::name_of_loop_and_store);

TEST_P(ExecutorBatchTest, a_list_of_any_length_becomes_one_of_the_same_length_in_the_same_order) {
  for (const std::size_t count : {0U, 1U, 30U}) {
    const RunResult result = run(shouting(listing(numbers(count)), batch(co_shout, 3)), RunInputs());
    Words expected;
    for (std::size_t i = 0; i < count; ++i) expected.push_back("WORD" + std::to_string(i));
    EXPECT_EQ(contents(result, "loud"), expected);
    EXPECT_EQ(result.pipes[0].elements, count);
    EXPECT_EQ(result.pipes[1].elements, count);
  }
}

TEST_P(ExecutorBatchTest, of_lists_that_are_no_outputs_nothing_is_left) {
  run(shouting(listing(numbers(3)), batch(co_shout, 3)), RunInputs(), options().keep(Keep::outputs));
  EXPECT_EQ(objects(), 4U) << "the list of results, and its elements";
}

TEST_P(ExecutorBatchTest, the_object_of_a_list_names_its_elements_with_sizes_checksums_and_types) {
  const RunResult result = run(shouting(listing({"a", "bc"}), batch(co_shout)), RunInputs());
  const Stored& list = result.outputs.at("loud");
  EXPECT_TRUE(is_list_type(list.content_type)) << list.content_type;
  const std::vector<ListElement> elements = run(co_load_list(*storage, list.uri));
  ASSERT_EQ(elements.size(), 2U);
  EXPECT_EQ(elements[1].stored.size, 2U);
  EXPECT_EQ(elements[1].stored.content_type, "text/plain");
  const auto info = run(storage->co_head(elements[1].stored.uri));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->crc32c, elements[1].stored.crc32c);
  EXPECT_EQ(objects(), 6U);
}

Task<> co_list_behind(PipeIo& io, Events events) {
  ListSinkPtr list = co_await io.co_output_list("words");
  co_await list->co_append("one");
  co_await events->co_seen("first byte of loud");
  co_await list->co_append("two");
  co_await list->co_commit();
}

TEST_P(ExecutorBatchTest, a_batch_starts_on_the_first_element_while_the_list_is_still_being_written) {
  PipeSpec list =
      PipeSpec("list").writes_list("words").run([events = events](PipeIo& io) { return co_list_behind(io, events); });
  const RunResult result = run(shouting(std::move(list), batch(co_shout)), RunInputs());
  EXPECT_THAT(contents(result, "loud"), ElementsAre("ONE", "TWO"));
  EXPECT_TRUE(events->in_order("first byte of loud", "committed words")) << events->text();
}

TEST_P(ExecutorBatchTest, without_overlap_a_batch_starts_after_the_list_is_committed) {
  run(shouting(listing({"a"}), batch(co_shout)), RunInputs(), options().overlap(false));
  EXPECT_TRUE(events->in_order("committed words", "started shout")) << events->text();
}

/// Each element but the last ends only after the one behind it.
Task<> co_backwards(PipeIo& io, Events events, std::size_t count) {
  const std::size_t index = io.batch_index().value();
  if (index + 1 < count) co_await events->co_seen("ended " + std::to_string(index + 1) + ".");
  co_await test::co_shout(io, "word", "loud");
  events->add("ended " + std::to_string(index) + ".");
}

TEST_P(ExecutorBatchTest, elements_that_end_out_of_order_are_in_order_all_the_same) {
  PipeRoutine routine = [events = events](PipeIo& io) { return co_backwards(io, events, 8); };
  const RunResult result = run(shouting(listing(numbers(8)), batch(std::move(routine))), RunInputs());
  EXPECT_TRUE(events->in_order("ended 7.", "ended 0.")) << events->text();
  EXPECT_EQ(contents(result, "loud").front(), "WORD0");
  EXPECT_EQ(contents(result, "loud").back(), "WORD7");
}

struct Together {
  std::atomic<int> now = 0;
  std::atomic<int> most = 0;
};

Task<> co_together(PipeIo& io, Events events, std::shared_ptr<Together> together) {
  const int now = ++together->now;
  if (now > together->most) together->most = now;
  events->add(std::to_string(now) + " at a time");
  if (*io.batch_index() < 3) co_await events->co_seen("3 at a time");
  co_await test::co_shout(io, "word", "loud");
  --together->now;
}

TEST_P(ExecutorBatchTest, no_more_run_at_a_time_than_was_said) {
  const auto together = std::make_shared<Together>();
  PipeRoutine routine = [events = events, together](PipeIo& io) { return co_together(io, events, together); };
  // One more of the element would wait for ever.
  run(shouting(listing(numbers(20)), batch(std::move(routine), 3)), RunInputs());
  EXPECT_LE(together->most, 3);
}

/// Elements 3 and 1 fail, in this order, and those behind 3 wait for ever.
Task<> co_fail(PipeIo& io, Events events) {
  const std::size_t index = io.batch_index().value();
  if (index == 3) {
    events->add("3 fails");
    throw Error(ErrorKind::io, "the third is broken");
  }
  if (index > 3) co_await events->co_seen("what never happens");
  if (index == 1) {
    co_await events->co_seen("3 fails");
    throw Error(ErrorKind::io, "the first is broken");
  }
  co_await test::co_shout(io, "word", "loud");
}

TEST_P(ExecutorBatchTest, the_error_of_the_first_element_counts_and_those_behind_are_cancelled) {
  PipeRoutine routine = [events = events](PipeIo& io) { return co_fail(io, events); };
  const Error error = failure_of(shouting(listing(numbers(20)), batch(std::move(routine))), RunInputs());
  EXPECT_EQ(error.kind(), ErrorKind::pipe_failed);
  EXPECT_EQ(error.message(), "the pipe 'shout' failed at words[1]");
  EXPECT_THAT(error.what(), HasSubstr("the first is broken"));
  // Nothing of the batch is left: at most the list that it went over.
  EXPECT_LE(objects(), 21U);
  EXPECT_FALSE(events->has("committed loud"));
}

Task<> co_list_and_fail(PipeIo& io, Events events) {
  ListSinkPtr list = co_await io.co_output_list("words");
  co_await list->co_append("one");
  co_await events->co_seen("first byte of loud");
  throw Error(ErrorKind::io, "the tape broke");
}

TEST_P(ExecutorBatchTest, a_list_that_is_never_completed_fails_as_its_writer_and_leaves_nothing) {
  PipeSpec list =
      PipeSpec("list").writes_list("words").run([events = events](PipeIo& io) { return co_list_and_fail(io, events); });
  const Error error = failure_of(shouting(std::move(list), batch(co_shout)), RunInputs());
  EXPECT_EQ(error.message(), "the pipe 'list' failed");
  EXPECT_THAT(error.what(), HasSubstr("the tape broke"));
  EXPECT_EQ(objects(), 0U) << events->text();
}

TEST_P(ExecutorBatchTest, a_pipe_that_does_not_commit_its_list_has_failed) {
  PipeSpec list = PipeSpec("list").writes_list("words").run([](PipeIo& io) -> Task<> {
    ListSinkPtr sink = co_await io.co_output_list("words");
    co_await sink->co_append("one");
  });
  const Error error = failure_of(Pipeline("test").output("words").pipe(std::move(list)), RunInputs());
  EXPECT_THAT(error.what(), HasSubstr("without having committed 'words'"));
  EXPECT_EQ(objects(), 0U);
}

TEST_P(ExecutorBatchTest, cancelling_a_run_ends_every_element) {
  PipeRoutine waiting = [events = events](PipeIo& io) {
    events->add("element " + std::to_string(*io.batch_index()));
    return events->co_seen("what never happens");
  };
  const Error error =
      cancelled_when("element 7", shouting(listing(numbers(8)), batch(std::move(waiting))), RunInputs());
  EXPECT_EQ(error.kind(), ErrorKind::cancelled);
  EXPECT_TRUE(events->has("failed shout: cancelled")) << events->text();
}

Task<> co_gather(PipeIo& io, std::string from, std::string to) {
  ListReaderPtr list = co_await io.co_input_list(from);
  std::string all;
  while (std::optional<ListElement> element = co_await list->co_next()) {
    SourcePtr source = co_await list->co_open(*element);
    while (const std::optional<Chunk> chunk = co_await source->co_read()) all += chunk->text();
    all += ";";
  }
  co_await io.co_give(to, std::move(all));
}

PipeSpec gathering() {
  return PipeSpec("gather").reads("loud").writes("all").run([](PipeIo& io) { return co_gather(io, "loud", "all"); });
}

TEST_P(ExecutorBatchTest, batches_are_chained_and_gathered) {
  Pipeline pipeline = Pipeline("test").output("all").pipe(listing({"a", "b", "c"})).pipe(batch(co_shout));
  pipeline.pipe(typed_pipe("twice", [](PipeIo&, std::string word) -> Task<std::string> { co_return word + word; },
                           {"loud_word"}, {"double"})
                    .batch("loud", "loud_word"));
  pipeline.pipe(
      PipeSpec("gather").reads("double").writes("all").run([](PipeIo& io) { return co_gather(io, "double", "all"); }));
  EXPECT_EQ(load(run(std::move(pipeline), RunInputs()), "all"), "AA;BB;CC;");
}

TEST_P(ExecutorBatchTest, what_a_batch_reads_besides_is_the_same_for_each_element) {
  Pipeline pipeline = Pipeline("test").input("suffix").output("all").pipe(listing({"a", "b"})).pipe(gathering());
  pipeline.pipe(PipeSpec("join")
                    .batch("words", "word")
                    .reads("word", Feed::path)
                    .reads("suffix", Feed::standard_input)
                    .writes("loud", Yield::standard_output)
                    .command({"cat", "{word}", "-"}));
  const RunResult result = run(std::move(pipeline), RunInputs().ingest("suffix", make_memory_source("!")));
  EXPECT_EQ(load(result, "all"), "a!;b!;");
}

TEST_P(ExecutorBatchTest, the_files_of_a_folder_are_a_list_that_commands_go_over_and_read_as_a_folder) {
  for (const Feed feed : {Feed::standard_input, Feed::path, Feed::url}) {
    const std::string word = feed == Feed::standard_input ? "-" : "{word}";
    Pipeline pipeline = Pipeline("test").output("all");
    pipeline.pipe(filling("for i in 3 1 2; do echo $i > \"$1/$i.txt\"; done"));
    pipeline.pipe(PipeSpec("double")
                      .batch("words", "word", 2)
                      .reads("word", feed)
                      .writes("twice", Yield::path, "text/plain")
                      .command(feed == Feed::url ? Words{"curl", "-s", "-o", "{twice}", word}
                                                 : Words{"sh", "-c", "cat \"$1\" > \"$2\"", "sh", word, "{twice}"}));
    pipeline.pipe(PipeSpec("gather")
                      .reads("twice", Feed::path)
                      .writes("all", Yield::standard_output)
                      .command({"sh", "-c", "cd \"$1\"; ls; cat *", "sh", "{twice}"}));
    const RunResult result = run(std::move(pipeline), RunInputs());
    EXPECT_EQ(load(result, "all"), "000001.txt\n000002.txt\n000003.txt\n3\n1\n2\n");
    EXPECT_TRUE(left_no_work_folder());
  }
}

TEST_P(ExecutorBatchTest, files_come_in_the_order_in_which_they_were_completed_however_the_command_ends) {
  // More than are stored at once, and the end may come at any moment while some of them are.
  Words expected;
  for (int i = 10; i < 50; ++i) expected.push_back(std::to_string(i) + "\n");
  const PipeSpec fill = filling("cd \"$1\"; i=10; while [ $i -lt 50 ]; do echo $i > p$i; i=$((i+1)); done");
  for (int round = 0; round < 20; ++round) {
    const RunResult result = run(Pipeline("test").output("words").pipe(fill), RunInputs());
    ASSERT_EQ(contents(result, "words"), expected) << round;
  }
}

TEST_P(ExecutorBatchTest, a_file_is_taken_as_soon_as_it_is_complete_and_is_then_gone) {
  const std::string fifo = (folder.path() / "fifo").string();
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  // Waits until the first file has been worked on, then says what is left of it.
  Pipeline pipeline = Pipeline("test").output("loud");
  pipeline.pipe(
      PipeSpec("fill")
          .writes("words", Yield::folder)
          .command({"sh", "-c", "echo one > \"$1/a\"; read go < \"$2\"; ls \"$1\" > \"$1/b\"", "sh", "{words}", fifo}));
  pipeline.pipe(PipeSpec("work")
                    .batch("words", "word")
                    .reads("word", Feed::standard_input)
                    .writes("loud", Yield::standard_output)
                    .command({"sh", "-c", "read word; echo \"<$word>\"; if [ \"$word\" = one ]; then echo > \"$1\"; fi",
                              "sh", fifo}));
  const RunResult result = run(std::move(pipeline), RunInputs());
  EXPECT_THAT(contents(result, "loud"), ElementsAre("<one>\n", "<b>\n"));
}

TEST_P(ExecutorBatchTest, what_nobody_told_of_is_found_when_the_command_has_ended) {
  const RunResult result =
      run(Pipeline("test").output("words").pipe(filling("cd \"$1\"; echo z > z.tmp; echo y > y.part; echo h > .hidden; "
                                                        "echo m > m.tmp; mv m.tmp moved; echo q > q")),
          RunInputs());
  EXPECT_THAT(contents(result, "words"), ElementsAre("m\n", "q\n", "h\n", "y\n", "z\n"));
}

TEST_P(ExecutorBatchTest, a_command_that_leaves_its_folder_empty_gives_an_empty_list) {
  const RunResult result = run(Pipeline("test").output("words").pipe(filling("true")), RunInputs());
  EXPECT_THAT(contents(result, "words"), IsEmpty());
}

TEST_P(ExecutorBatchTest, a_folder_in_the_folder_is_an_error) {
  const Error error =
      failure_of(Pipeline("test").output("words").pipe(filling("echo a > \"$1/a\"; mkdir \"$1/sub\"")), RunInputs());
  EXPECT_THAT(error.what(), HasSubstr("'sub', which is no regular file"));
  EXPECT_EQ(objects(), 0U);
  EXPECT_TRUE(left_no_work_folder());
}

TEST_P(ExecutorBatchTest, nothing_is_left_of_the_list_of_a_command_that_fails) {
  const Error error =
      failure_of(Pipeline("test").output("words").pipe(filling("for i in 1 2 3; do echo $i > \"$1/$i\"; done; exit 4")),
                 RunInputs());
  EXPECT_EQ(error.message(), "the pipe 'fill' failed: exit status 4");
  EXPECT_EQ(objects(), 0U);
  EXPECT_TRUE(left_no_work_folder());
}

TEST_P(ExecutorBatchTest, a_command_that_fails_says_at_which_element_and_its_words_have_the_index) {
  Pipeline pipeline = Pipeline("test").output("out").pipe(listing({"a", "b", "c"}));
  pipeline.pipe(PipeSpec("check")
                    .batch("words", "word")
                    .reads("word", Feed::standard_input)
                    .writes("out", Yield::standard_output)
                    .command({"sh", "-c", "read w; echo \"this is $w\" >&2; test \"$w\" != b"}));
  const Error error = failure_of(std::move(pipeline), RunInputs());
  EXPECT_EQ(error.message(), "the pipe 'check' failed at words[1]: exit status 1");
  EXPECT_EQ(error.server_text(), "this is b");
  EXPECT_TRUE(events->has("check said [1] this is b")) << events->text();
  EXPECT_EQ(test::children(), std::vector<std::string>());
}

TEST_P(ExecutorBatchTest, a_list_is_not_read_as_one_object_nor_an_object_as_a_list) {
  Pipeline pipeline = Pipeline("test").output("all").pipe(listing({"a"}));
  pipeline.pipe(
      PipeSpec("odd").reads("words").writes("all").run([](PipeIo& io) -> Task<> { co_await io.co_input("words"); }));
  EXPECT_THAT(failure_of(std::move(pipeline), RunInputs()).what(), HasSubstr("it is a list: co_input_list()"));
  Pipeline other = Pipeline("test").input("text").output("all");
  other.pipe(
      PipeSpec("odd").reads("text").writes("all").run([](PipeIo& io) -> Task<> { co_await io.co_input_list("text"); }));
  const Error error = failure_of(std::move(other), RunInputs().ingest("text", make_memory_source("a")));
  EXPECT_THAT(error.what(), HasSubstr("it is one object: co_input()"));
}

}  // namespace
}  // namespace coffer
