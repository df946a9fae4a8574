#include <csignal>
#include <fstream>
#include <sstream>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "async/signal.hpp"
#include "pipe/executor_fixture.hpp"
#include "support/this_process.hpp"

namespace coffer {
namespace {

namespace asio = boost::asio;
using test::is_alive;
using test::one_pipe;
using test::open_descriptors;
using test::shouting;
using test::StoreKind;
using testing::HasSubstr;
using testing::StartsWith;

class ExecutorCommandTest : public test::ExecutorFixture {};

INSTANTIATE_TEST_SUITE_P(, ExecutorCommandTest, test::every_loop_and_store, test::name_of_loop_and_store);

/// From stdin to stdout.
PipeSpec filter(const std::string& name, const std::string& from, const std::string& to,
                const std::vector<std::string>& command) {
  return PipeSpec(name)
      .reads(from, Feed::standard_input)
      .writes(to, Yield::standard_output, "text/plain")
      .command(command);
}

RunInputs text(std::string bytes) { return RunInputs().ingest("text", make_memory_source(std::move(bytes))); }

std::string lines(std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += "line " + std::to_string(i) + "\n";
  return all;
}

TEST_P(ExecutorCommandTest, commands_are_chained_through_the_store) {
  const std::string all = lines(300'000);
  Pipeline pipeline = Pipeline("test").input("text").output("out");
  pipeline.pipe(filter("copy", "text", "copied", {"cat"}));
  pipeline.pipe(filter("shout", "copied", "loud", {"tr", "a-z", "A-Z"}));
  pipeline.pipe(filter("whisper", "loud", "out", {"tr", "A-Z", "a-z"}));
  const RunResult result = run(std::move(pipeline), text(all));
  EXPECT_EQ(load(result, "out"), all);
  EXPECT_EQ(result.outputs.at("out").content_type, "text/plain");
  EXPECT_EQ(result.pipes[1].name, "copy");
  EXPECT_EQ(result.pipes[1].bytes_in, all.size());
  EXPECT_EQ(result.pipes[1].bytes_out, all.size());
  EXPECT_TRUE(left_no_work_folder());
}

TEST_P(ExecutorCommandTest, a_command_works_while_its_input_is_still_being_recorded) {
  auto video = paced();
  video->gives(lines(1000)).waits_for("first byte of audio").gives(lines(1000));
  Pipeline pipeline = Pipeline("test").input("video").output("audio");
  pipeline.pipe(filter("audio", "video", "audio", {"cat"}));
  const RunResult result = run(std::move(pipeline), RunInputs().ingest("video", std::move(video)));
  EXPECT_EQ(load(result, "audio"), lines(1000) + lines(1000));
  EXPECT_TRUE(events->in_order("first byte of audio", "committed video")) << events->text();
}

TEST_P(ExecutorCommandTest, without_overlap_a_command_starts_after_its_input_is_committed) {
  run(one_pipe(filter("copy", "text", "out", {"cat"})), text("abc"), options().overlap(false));
  EXPECT_TRUE(events->in_order("committed text", "started copy")) << events->text();
}

TEST_P(ExecutorCommandTest, paths_are_files_that_end_like_their_types) {
  Pipeline pipeline = Pipeline("test").input("text", "text/plain").output("out");
  pipeline.pipe(PipeSpec("shout")
                    .reads("text", Feed::path)
                    .writes("out", Yield::path, "image/png")
                    .command({"sh", "-c", "ls; tr a-z A-Z < \"$1\" > \"$2\"; echo \"$1 $2\" >> \"$2\"", "sh", "{text}",
                              "{out}"}));
  const RunResult result = run(std::move(pipeline), text("hello\n"));
  std::istringstream out(load(result, "out"));
  std::string loud;
  std::string in_path;
  std::string out_path;
  out >> loud >> in_path >> out_path;
  EXPECT_EQ(loud, "HELLO");
  EXPECT_TRUE(in_path.ends_with(".txt")) << in_path;
  EXPECT_TRUE(out_path.ends_with("out.png")) << out_path;
  EXPECT_TRUE(out_path.starts_with(work().string())) << out_path;
  // The file of a local store, not a copy.
  const bool is_own_file = in_path.starts_with((folder.path() / "store").string());
  EXPECT_EQ(is_own_file, std::get<1>(GetParam()) == StoreKind::local) << in_path;
  EXPECT_TRUE(events->in_order("committed text", "started shout")) << events->text();
  EXPECT_TRUE(left_no_work_folder());
}

TEST_P(ExecutorCommandTest, what_is_replaced_or_removed_while_a_command_has_its_path_fails_the_pipe) {
  if (std::get<1>(GetParam()) == StoreKind::memory) return;  // A command gets a copy.
  for (const std::string change : {"cp \"$1\" \"$1.new\"; mv \"$1.new\" \"$1\"", "rm \"$1\""}) {
    const Uri uri = storage->uri_of("x");
    run(storage->co_store_at(uri, "x"));
    const PipeSpec pipe = PipeSpec("read")
                              .reads("text", Feed::path)
                              .writes("out", Yield::standard_output)
                              .command({"sh", "-c", change, "sh", "{text}"});
    const Error error = failure_of(one_pipe(pipe), RunInputs().use("text", uri));
    ASSERT_NE(error.cause(), nullptr) << error.what();
    EXPECT_EQ(error.cause()->kind(), ErrorKind::precondition_failed) << error.what();
    EXPECT_THAT(error.what(), HasSubstr("'text' was re"));
  }
}

TEST_P(ExecutorCommandTest, a_command_that_stops_reading_early_is_no_error) {
  const RunResult result =
      run(one_pipe(filter("head", "text", "out", {"head", "-c", "10"})), text(std::string(8 << 20, 'x')));
  EXPECT_EQ(load(result, "out"), std::string(10, 'x'));
  EXPECT_TRUE(events->in_order("committed text", "finished head")) << events->text();
}

TEST_P(ExecutorCommandTest, a_failing_command_cancels_the_rest_and_its_last_words_are_kept) {
  Pipeline pipeline = Pipeline("test").output("out").output("other");
  pipeline.pipe(PipeSpec("bad")
                    .writes("out", Yield::standard_output)
                    .command({"sh", "-c", "echo partial; echo one >&2; echo it is broken >&2; exit 3"}));
  pipeline.pipe(PipeSpec("patient").writes("other", Yield::standard_output).command({"sleep", "1000"}));
  pipeline.pipe(filter("reader", "out", "copied", {"cat"}));
  const Error error = failure_of(std::move(pipeline), RunInputs());
  EXPECT_EQ(error.kind(), ErrorKind::pipe_failed);
  EXPECT_EQ(error.message(), "the pipe 'bad' failed: exit status 3");
  EXPECT_EQ(error.server_text(), "one\nit is broken");
  EXPECT_FALSE(events->has("finished")) << events->text();
  EXPECT_EQ(objects(), 0U);
  EXPECT_TRUE(left_no_work_folder());
  EXPECT_EQ(test::children(), std::vector<std::string>());
}

TEST_P(ExecutorCommandTest, the_pipe_that_failed_is_named_and_not_one_that_read_from_it) {
  // Ends well whatever its stdin was, if it were allowed to.
  Pipeline pipeline = Pipeline("test").input("text").output("out");
  auto source = paced();
  source->gives("some").waits_for("first byte of copied").fails(Error(ErrorKind::io, "the tape broke"));
  pipeline.pipe(filter("copy", "text", "copied", {"cat"}));
  pipeline.pipe(filter("count", "copied", "out", {"sh", "-c", "cat >/dev/null; echo done"}));
  const Error error = failure_of(std::move(pipeline), RunInputs().ingest("text", std::move(source)));
  EXPECT_THAT(error.message(), HasSubstr("the input 'text'"));
  EXPECT_THAT(error.what(), HasSubstr("the tape broke"));
  EXPECT_EQ(objects(), 0U);
}

TEST_P(ExecutorCommandTest, a_program_that_is_not_there_is_named) {
  const Error error = failure_of(one_pipe(filter("odd", "text", "out", {"coffer-no-such-program"})), text("a"));
  EXPECT_EQ(error.kind(), ErrorKind::pipe_failed);
  EXPECT_THAT(error.what(), HasSubstr("'odd'"));
  EXPECT_THAT(error.what(), HasSubstr("'coffer-no-such-program'"));
}

TEST_P(ExecutorCommandTest, a_file_that_was_not_made_is_an_error) {
  Pipeline pipeline = Pipeline("test").output("out");
  pipeline.pipe(PipeSpec("lazy").writes("out", Yield::path).command({"true", "{out}"}));
  const Error error = failure_of(std::move(pipeline), RunInputs());
  EXPECT_THAT(error.what(), HasSubstr("'lazy'"));
  EXPECT_THAT(error.what(), HasSubstr("without having made {out}"));
  EXPECT_EQ(objects(), 0U);
}

TEST_P(ExecutorCommandTest, where_a_file_was_not_made_nothing_else_is_committed) {
  Pipeline pipeline = Pipeline("test").output("said").output("first").output("second");
  pipeline.pipe(PipeSpec("lazy")
                    .writes("said", Yield::standard_output)
                    .writes("first", Yield::path)
                    .writes("second", Yield::path)
                    .command({"sh", "-c", "echo all is well; echo 1 > \"$1\"", "sh", "{first}", "{second}"}));
  const Error error = failure_of(std::move(pipeline), RunInputs());
  EXPECT_THAT(error.what(), HasSubstr("without having made {second}"));
  EXPECT_FALSE(events->has("committed")) << events->text();
  EXPECT_EQ(objects(), 0U);
}

TEST_P(ExecutorCommandTest, where_a_file_was_not_made_there_is_no_list_either) {
  Pipeline pipeline = Pipeline("test").output("list").output("file");
  pipeline.pipe(PipeSpec("lazy")
                    .writes("list", Yield::folder)
                    .writes("file", Yield::path)
                    .command({"sh", "-c", "echo 1 > \"$1\"/1", "sh", "{list}", "{file}"}));
  const Error error = failure_of(std::move(pipeline), RunInputs());
  EXPECT_THAT(error.what(), HasSubstr("without having made {file}"));
  EXPECT_FALSE(events->has("committed")) << events->text();
  EXPECT_EQ(objects(), 0U);
}

TEST_P(ExecutorCommandTest, a_folder_in_place_of_a_file_is_an_error) {
  Pipeline pipeline = Pipeline("test").output("out");
  pipeline.pipe(PipeSpec("odd").writes("out", Yield::path).command({"mkdir", "{out}"}));
  EXPECT_THAT(failure_of(std::move(pipeline), RunInputs()).what(), HasSubstr("is no regular file"));
}

TEST_P(ExecutorCommandTest, what_a_command_says_is_passed_on) {
  Pipeline pipeline = Pipeline("test").output("out");
  pipeline.pipe(PipeSpec("talk").writes("out", Yield::standard_output).command({"sh", "-c", "echo hello >&2"}));
  run(std::move(pipeline), RunInputs());
  EXPECT_TRUE(events->has("talk said hello")) << events->text();
}

TEST_P(ExecutorCommandTest, the_secret_of_a_url_is_in_no_text) {
  auto source = paced();
  source->gives("0123456789");
  Pipeline pipeline = one_pipe(PipeSpec("complain")
                                   .reads("text", Feed::url)
                                   .writes("out", Yield::standard_output)
                                   .command({"sh", "-c", "printf '%s is broken' \"$1\" >&2; exit 1", "sh", "{text}"}));
  const Error error = failure_of(std::move(pipeline), RunInputs().ingest("text", std::move(source)));
  EXPECT_THAT(error.server_text(),
              testing::MatchesRegex("http://127.0.0.1:[0-9]+/\\*\\*\\*/0.complain.text.* is broken"));
  EXPECT_THAT(events->text(), HasSubstr("/***/0.complain.text"));
}

TEST_P(ExecutorCommandTest, commands_get_the_environment_without_credentials) {
  Pipeline pipeline = Pipeline("test").output("out");
  pipeline.pipe(PipeSpec("env").writes("out", Yield::standard_output).command({"/usr/bin/env"}));
  const RunResult result =
      run(std::move(pipeline), RunInputs(), options().environment({"A=b", "AWS_SECRET_ACCESS_KEY=hidden"}));
  EXPECT_THAT(load(result, "out"), StartsWith("A=b\n"));
  EXPECT_THAT(load(result, "out"), testing::Not(HasSubstr("hidden")));
}

TEST_P(ExecutorCommandTest, a_known_size_is_served_in_ranges_that_wait_for_what_is_not_written) {
  auto source = paced();
  // curl asks for the end while only the beginning is there.
  source->gives("0123456789").waits_for("started range").gives("abcdefghij");
  Pipeline pipeline = Pipeline("test").input("text", "text/plain").output("out");
  pipeline.pipe(PipeSpec("range")
                    .reads("text", Feed::url)
                    .writes("out", Yield::standard_output)
                    .command({"curl", "-sS", "-i", "-r", "12-15", "{text}"}));
  const RunResult result = run(std::move(pipeline), RunInputs().ingest("text", std::move(source), 20));
  const std::string answer = load(result, "out");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 206 "));
  EXPECT_THAT(answer, HasSubstr("bytes 12-15/20"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\ncdef")) << answer;
  EXPECT_EQ(result.pipes[1].bytes_in, 4U);
}

TEST_P(ExecutorCommandTest, an_unknown_size_is_served_in_one_piece_without_ranges) {
  auto source = paced();
  source->gives("0123456789").waits_for("first byte of out").gives("abcdefghij");
  Pipeline pipeline = Pipeline("test").input("text", "text/plain").output("out");
  pipeline.pipe(PipeSpec("get")
                    .reads("text", Feed::url)
                    .writes("out", Yield::standard_output)
                    .command({"curl", "-sS", "-N", "-i", "-r", "12-15", "{text}"}));
  const RunResult result = run(std::move(pipeline), RunInputs().ingest("text", std::move(source)));
  const std::string answer = load(result, "out");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n0123456789abcdefghij")) << answer;
  EXPECT_TRUE(events->in_order("first byte of out", "committed text")) << events->text();
}

TEST_P(ExecutorCommandTest, an_object_that_is_there_is_served_in_ranges) {
  Task<Stored> storing = storage->co_store("0123456789");
  const Stored stored = run(std::move(storing));
  Pipeline pipeline = one_pipe(PipeSpec("range")
                                   .reads("text", Feed::url)
                                   .writes("out", Yield::standard_output)
                                   .command({"curl", "-sS", "-r", "3-5", "{text}"}));
  EXPECT_EQ(load(run(std::move(pipeline), RunInputs().use("text", stored.uri)), "out"), "345");
}

TEST_P(ExecutorCommandTest, a_command_that_takes_a_broken_url_for_a_whole_one_has_failed) {
  auto source = paced();
  source->gives("0123456789").waits_for("first byte of out").fails(Error(ErrorKind::io, "the tape broke"));
  Pipeline pipeline = one_pipe(PipeSpec("get")
                                   .reads("text", Feed::url)
                                   .writes("out", Yield::standard_output)
                                   .command({"sh", "-c", "curl -sS -N \"$1\"; exit 0", "sh", "{text}"}));
  const Error error = failure_of(std::move(pipeline), RunInputs().ingest("text", std::move(source)));
  EXPECT_THAT(error.what(), HasSubstr("the tape broke"));
  EXPECT_FALSE(events->has("committed out")) << events->text();
  EXPECT_EQ(objects(), 0U);
}

/// Cancels a run once `event` is seen, and returns what it throws.
Task<Error> co_cancel_after(Storage& storage, Pipeline pipeline, RunInputs inputs, RunOptions options,
                            std::shared_ptr<test::RunEvents> events, std::string event) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  Executor executing(storage);
  asio::cancellation_signal cancel;
  Signal ended;
  bool done = false;
  Error thrown;
  const std::uint64_t seen = ended.epoch();
  auto finish = [&](std::exception_ptr error, const RunResult&) {
    if (error) thrown = to_error(error);
    done = true;
    ended.notify_all();
  };
  asio::co_spawn(executor, executing.co_run(std::move(pipeline), std::move(inputs), std::move(options)),
                 asio::bind_cancellation_slot(cancel.slot(), finish));
  co_await events->co_seen(event);
  cancel.emit(asio::cancellation_type::terminal);
  if (!done) co_await ended.co_wait(seen);
  co_return thrown;
}

TEST_P(ExecutorCommandTest, a_cancelled_run_leaves_no_child_and_no_object) {
  auto source = paced();
  source->gives(lines(1000)).waits_for("that never comes");
  Pipeline pipeline = Pipeline("test").input("text").output("out");
  pipeline.pipe(filter("talk", "text", "copied", {"sh", "-c", "echo $$ >&2; cat; sleep 1000"}));
  pipeline.pipe(filter("copy", "copied", "out", {"cat"}));
  pipeline.pipe(
      PipeSpec("wait").reads("out", Feed::path).writes("never", Yield::standard_output).command({"cat", "{out}"}));
  const Error error = run(co_cancel_after(*storage, std::move(pipeline), RunInputs().ingest("text", std::move(source)),
                                          options(), events, "talk said "));
  EXPECT_EQ(error.kind(), ErrorKind::cancelled);
  const pid_t pid = std::stoi(events->find("talk said ").value().substr(10));
  EXPECT_FALSE(is_alive(pid));
  EXPECT_EQ(test::children(), std::vector<std::string>());
  EXPECT_TRUE(events->has("failed talk: cancelled")) << events->text();
  EXPECT_FALSE(events->has("started wait")) << events->text();
  EXPECT_EQ(objects(), 0U);
  EXPECT_TRUE(left_no_work_folder());
}

TEST_P(ExecutorCommandTest, nothing_stays_open) {
  const auto pipeline = [] {
    Pipeline pipeline = Pipeline("test").input("text").output("out").output("size");
    pipeline.pipe(filter("copy", "text", "copied", {"cat"}));
    pipeline.pipe(PipeSpec("get")
                      .reads("copied", Feed::url)
                      .writes("out", Yield::standard_output)
                      .command({"curl", "-sS", "{copied}"}));
    pipeline.pipe(PipeSpec("count")
                      .reads("out", Feed::path)
                      .writes("size", Yield::path)
                      .command({"sh", "-c", "wc -c < \"$1\" > \"$2\"", "sh", "{out}", "{size}"}));
    return pipeline;
  };
  run(pipeline(), text(lines(1000)));
  run(loop.runtime().co_close(std::chrono::minutes(1)));
  const std::size_t before = open_descriptors();
  const std::size_t granted = loop.runtime().pool().use().granted;
  for (int i = 0; i < 3; ++i) run(pipeline(), text(lines(1000)));
  run(loop.runtime().co_close(std::chrono::minutes(1)));
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(loop.runtime().pool().use().granted, granted);
  EXPECT_TRUE(left_no_work_folder());
}

TEST_P(ExecutorCommandTest, progress_is_told_while_a_pipe_runs) {
  auto source = paced();
  source->gives("abc").waits_for("moved out copy").gives("def");
  const RunResult result =
      run(one_pipe(filter("copy", "text", "out", {"cat"})), RunInputs().ingest("text", std::move(source)));
  EXPECT_EQ(load(result, "out"), "abcdef");
  EXPECT_TRUE(events->in_order("moved in text", "committed text")) << events->text();
}

TEST_P(ExecutorCommandTest, a_command_whose_stdin_is_empty_waits_for_its_input) {
  auto source = paced();
  source->gives("abc").waits_for("starving copy").gives("def");
  const RunResult result =
      run(one_pipe(filter("copy", "text", "out", {"cat"})), RunInputs().ingest("text", std::move(source)));
  EXPECT_EQ(load(result, "out"), "abcdef");
  EXPECT_GT(result.pipes[1].times.waited_for_input.count(), 0);
}

TEST_P(ExecutorCommandTest, a_command_that_asks_for_bytes_not_yet_written_waits_for_its_input) {
  auto source = paced();
  source->gives("abc").waits_for("starving get").gives("def");
  Pipeline pipeline = one_pipe(PipeSpec("get")
                                   .reads("text", Feed::url)
                                   .writes("out", Yield::standard_output)
                                   .command({"curl", "-sS", "-N", "{text}"}));
  EXPECT_EQ(load(run(std::move(pipeline), RunInputs().ingest("text", std::move(source))), "out"), "abcdef");
}

class SmallBudget : public test::ExecutorFixture {
 protected:
  // The smallest that there is, whatever the store keeps beside a stream's chunk.
  SmallBudget() : ExecutorFixture(RuntimeConfig().budget(std::size_t{64} << 10U)) {}
};

INSTANTIATE_TEST_SUITE_P(, SmallBudget, test::every_loop_and_store, test::name_of_loop_and_store);

TEST_P(SmallBudget, is_enough_for_a_command) {
  const std::string all = lines(100'000);
  const RunResult result = run(one_pipe(filter("copy", "text", "out", {"cat"})), text(all));
  EXPECT_EQ(load(result, "out"), all);
}

TEST_P(SmallBudget, is_enough_for_many_commands_that_read_the_same) {
  const std::string all = lines(100'000);
  Pipeline pipeline = Pipeline("test").input("text");
  for (const std::string name : {"one", "two", "three", "four"}) {
    // In blocks of an odd size, so that none lies where the store writes it.
    pipeline.output(name).pipe(filter("copy_" + name, "text", name, {"dd", "bs=5000", "status=none"}));
  }
  const RunResult result = run(std::move(pipeline), text(all));
  for (const char* name : {"one", "two", "three", "four"}) EXPECT_EQ(load(result, name), all) << name;
}

TEST_P(SmallBudget, is_enough_for_a_coroutine) {
  const std::string all = lines(100'000);
  const RunResult result = run(one_pipe(shouting("shout", "text", "out")), text(all));
  EXPECT_EQ(load(result, "out").size(), all.size());
}

class MeteredRun : public test::ExecutorFixture {
 protected:
  MeteredRun() : MeteredRun(std::make_shared<WorkMeter>()) {}
  explicit MeteredRun(const std::shared_ptr<WorkMeter>& of)
      : ExecutorFixture(RuntimeConfig().observer(of)), meter(of) {}
  const std::shared_ptr<WorkMeter> meter;
};

INSTANTIATE_TEST_SUITE_P(, MeteredRun, test::every_loop_and_store, test::name_of_loop_and_store);

TEST_P(MeteredRun, has_a_hidden_share_where_storage_is_a_device) {
  Pipeline pipeline = Pipeline("test").input("text").output("out").output("loud");
  pipeline.pipe(filter("copy", "text", "out", {"cat"}));
  pipeline.pipe(shouting("shout", "text", "loud"));
  const RunResult result = run(std::move(pipeline), text(lines(100'000)), options().meter(meter));
  ASSERT_EQ(result.hidden.has_value(), std::get<1>(GetParam()) == StoreKind::local);
  if (!result.hidden) return;
  EXPECT_LE(result.hidden->exposed, result.hidden->storage);
  EXPECT_LE(result.hidden->storage, result.wall);
  EXPECT_GE(result.hidden->share(), 0);
  EXPECT_LE(result.hidden->share(), 1);
}

}  // namespace
}  // namespace coffer
