#include <boost/asio/this_coro.hpp>

#include "async/signal.hpp"
#include "async/started.hpp"
#include "fakes/faulty_provider.hpp"
#include "fakes/memory_scratch.hpp"
#include "pipe/executor_fixture.hpp"

namespace coffer {
namespace {

using test::LoopKind;
using test::one_pipe;
using test::PacedSource;
using test::RunEvents;
using test::shouting;
using test::StoreKind;
using testing::HasSubstr;

class ExecutorTest : public test::ExecutorFixture {};

INSTANTIATE_TEST_SUITE_P(, ExecutorTest, test::every_loop_and_store, test::name_of_loop_and_store);

Task<> co_store_text(PipeIo& io, std::string name, std::string text) {
  SinkPtr sink = co_await io.co_output(name);
  Buffer buffer = co_await sink->co_buffer(text.size());
  std::ranges::copy(text, reinterpret_cast<char*>(buffer.data()));
  Chunk chunk = std::move(buffer).share(text.size());
  co_await sink->co_write(std::move(chunk));
  co_await sink->co_commit();
}

Task<std::string> co_read_all(SourcePtr source) {
  std::string text;
  for (;;) {
    std::optional<Chunk> chunk = co_await source->co_read();
    if (!chunk) co_return text;
    text += chunk->text();
  }
}

TEST_P(ExecutorTest, pipes_run_in_the_order_of_their_names) {
  // Written in the opposite order.
  Pipeline pipeline = Pipeline("test").input("text").output("out");
  pipeline.pipe(PipeSpec("second").reads("loud").writes("out", "text/plain").run([](PipeIo& io) {
    return test::co_shout(io, "loud", "out");
  }));
  pipeline.pipe(shouting("first", "text", "loud"));
  const RunResult result =
      run(std::move(pipeline), RunInputs().ingest("text", make_memory_source("hello", "text/plain")));
  EXPECT_EQ(load(result, "out"), "HELLO");
  EXPECT_EQ(result.outputs.size(), 1U);
  EXPECT_EQ(result.outputs.at("out").content_type, "text/plain");
  EXPECT_EQ(objects(), 3U);
  EXPECT_TRUE(result.warnings.empty());
}

TEST_P(ExecutorTest, the_result_says_what_each_pipe_did) {
  const RunResult result =
      run(one_pipe(shouting("shout", "text", "out")), RunInputs().ingest("text", make_memory_source("hello")));
  ASSERT_EQ(result.pipes.size(), 2U);
  const PipeReport& ingest = result.pipes[0];
  EXPECT_EQ(ingest.name, "text");
  EXPECT_TRUE(ingest.is_ingest);
  EXPECT_EQ(ingest.bytes_in, 5U);
  EXPECT_EQ(ingest.bytes_out, 5U);
  const PipeReport& shout = result.pipes[1];
  EXPECT_EQ(shout.name, "shout");
  EXPECT_FALSE(shout.is_ingest);
  EXPECT_FALSE(shout.failed);
  EXPECT_EQ(shout.bytes_in, 5U);
  EXPECT_EQ(shout.bytes_out, 5U);
  ASSERT_TRUE(shout.first_output);
  EXPECT_LE(shout.started, *shout.first_output);
  EXPECT_LE(*shout.first_output, shout.ended);
  EXPECT_LE(shout.ended, result.wall);
  EXPECT_EQ(result.bytes_stored, 10U);
  EXPECT_EQ(result.bytes_read, 5U);
  EXPECT_GT(result.peak_memory, 0U);
}

TEST_P(ExecutorTest, an_object_that_is_there_is_read_where_it_lies) {
  Task<Stored> storing = storage->co_store("abc");
  const Stored stored = run(std::move(storing));
  const RunResult result = run(one_pipe(shouting("shout", "text", "out")), RunInputs().use("text", stored.uri));
  EXPECT_EQ(load(result, "out"), "ABC");
  EXPECT_EQ(objects(), 2U);
}

/// As a library would that opens objects itself.
Task<> co_read_by_uri(PipeIo& io, std::string name) {
  Uri from = io.input_uri(name);
  std::string text = co_await io.storage().co_load(std::move(from));
  co_await co_store_text(io, "out", std::move(text));
}

TEST_P(ExecutorTest, a_pipe_is_told_where_its_inputs_are) {
  Task<Stored> storing = storage->co_store("abc");
  const Stored stored = run(std::move(storing));
  const auto reading = [](const std::string& name) {
    return PipeSpec("read").reads(name).writes("out").run([name](PipeIo& io) { return co_read_by_uri(io, name); });
  };
  EXPECT_EQ(load(run(one_pipe(reading("text")), RunInputs().use("text", stored.uri)), "out"), "abc");

  Pipeline behind = Pipeline("test").input("text").output("out");
  behind.pipe(shouting("shout", "text", "loud")).pipe(reading("loud"));
  const RunResult result =
      run(std::move(behind), RunInputs().use("text", stored.uri), options().overlap(false).inline_below(0));
  EXPECT_EQ(load(result, "out"), "ABC");
}

TEST_P(ExecutorTest, an_output_goes_where_it_is_to_go) {
  const Uri there = storage->providers().active()->uri_of("here/it.txt");
  const RunResult result = run(one_pipe(shouting("shout", "text", "out")),
                               RunInputs().ingest("text", make_memory_source("abc")), options().store_at("out", there));
  EXPECT_EQ(result.outputs.at("out").uri, there);
  EXPECT_EQ(load(there), "ABC");
}

TEST_P(ExecutorTest, what_is_named_through_a_link_into_the_store_is_what_lies_there) {
  if (std::get<1>(GetParam()) == test::StoreKind::memory) return;  // It has no links.
  const Uri root = storage->providers().active()->root();
  run(storage->co_store_at(storage->uri_of("text.txt"), "abc"));
  std::filesystem::create_directory_symlink(root.path(), folder.path() / "link");
  const Uri link = Uri::of_file((folder.path() / "link").string()).value();
  const RunResult result =
      run(one_pipe(shouting("shout", "text", "out")), RunInputs().use("text", link.join("text.txt")),
          options().store_at("out", link.join("out.txt")));
  EXPECT_EQ(result.outputs.at("out").uri, storage->uri_of("out.txt"));
  EXPECT_EQ(load(storage->uri_of("out.txt")), "ABC");
}

TEST_P(ExecutorTest, objects_of_a_run_begin_with_its_prefix) {
  const RunResult result = run(one_pipe(shouting("shout", "text", "out")),
                               RunInputs().ingest("text", make_memory_source("abc")), options().prefix("run-7/"));
  EXPECT_THAT(result.outputs.at("out").uri.path(), HasSubstr("run-7/"));
}

/// The commit of what it read is the first, and held, before it commits something itself.
Task<> co_say_when_read(PipeIo& io, std::shared_ptr<RunEvents> events, std::shared_ptr<test::Faults> faults) {
  SourcePtr source = co_await io.co_input("middle");
  const std::string text = co_await co_read_all(std::move(source));
  events->add("read to its end");
  co_await faults->co_held();
  co_await co_store_text(io, "out", text);
}

TEST(ExecutorOnASlowStore, a_pipe_works_on_while_what_it_read_is_being_committed_and_finishes_after_it) {
  test::TestLoop loop(LoopKind::two_own_threads);
  const auto faults = std::make_shared<test::Faults>();
  ProviderRegistry providers;
  providers.add_active(test::make_faulty_provider(loop.runtime(), make_memory_provider(loop.runtime()), faults));
  Storage storage(loop.runtime(), std::move(providers), std::make_shared<test::MemoryScratch>());
  const auto events = std::make_shared<RunEvents>();
  Pipeline pipeline = Pipeline("test").output("out");
  pipeline.pipe(PipeSpec("write").writes("middle").run([](PipeIo& io) { return co_store_text(io, "middle", "all"); }));
  pipeline.pipe(PipeSpec("read").reads("middle").writes("out").run(
      [events, faults](PipeIo& io) { return co_say_when_read(io, events, faults); }));
  faults->hold("commit", 1);
  Executor executor(storage);
  Started<RunResult> running =
      start(loop.runtime().executor(),
            executor.co_run(std::move(pipeline), RunInputs(), RunOptions().observer(events).inline_below(0)));
  loop.run(events->co_seen("read to its end"));
  loop.run(events->co_seen("committed out"));
  EXPECT_THAT(events->text(), testing::Not(HasSubstr("finished")));
  EXPECT_FALSE(running.done());
  faults->release();
  EXPECT_EQ(loop.run(running.co_result()).outputs.at("out").size, 3U);
}

Task<> co_meet(PipeIo& io, std::shared_ptr<RunEvents> events, std::string own, std::string other) {
  events->add(own + " runs");
  co_await events->co_seen(other + " runs");
  co_await co_store_text(io, own, own);
}

TEST_P(ExecutorTest, pipes_that_do_not_need_each_other_run_at_once) {
  // Each waits until the other runs.
  Pipeline pipeline = Pipeline("test").output("a").output("b");
  const auto pipe = [seen = events](const std::string& own, const std::string& other) {
    return PipeSpec(own).writes(own).run([=](PipeIo& io) { return co_meet(io, seen, own, other); });
  };
  pipeline.pipe(pipe("a", "b")).pipe(pipe("b", "a"));
  const RunResult result = run(std::move(pipeline), RunInputs());
  EXPECT_EQ(load(result, "a"), "a");
  EXPECT_EQ(load(result, "b"), "b");
}

TEST_P(ExecutorTest, a_pipe_works_on_the_first_byte_before_the_input_is_committed) {
  auto source = paced();
  // Ends only when the reader's own first byte is there: without overlap it never would.
  source->gives("first ").waits_for("first byte of out").gives("last");
  const RunResult result =
      run(one_pipe(shouting("shout", "text", "out")), RunInputs().ingest("text", std::move(source)));
  EXPECT_EQ(load(result, "out"), "FIRST LAST");
  EXPECT_TRUE(events->in_order("first byte of out", "committed text")) << events->text();
  EXPECT_TRUE(events->in_order("committed text", "finished shout")) << events->text();
}

TEST_P(ExecutorTest, times_say_what_a_pipe_spent_its_time_with) {
  auto source = paced();
  source->gives("first ").waits_for("starving shout").gives("last");
  const RunResult result =
      run(one_pipe(shouting("shout", "text", "out")), RunInputs().ingest("text", std::move(source)));
  for (const PipeReport& report : result.pipes) {
    const PipeTimes& times = report.times;
    EXPECT_GT(times.waited_for_input.count(), 0) << report.name;
    EXPECT_GT(times.waited_for_output.count(), 0) << report.name;
    EXPECT_LE(times.waited_for_input + times.worked + times.waited_for_output, result.wall) << report.name;
  }
}

TEST_P(ExecutorTest, without_overlap_a_pipe_starts_after_its_inputs_are_committed) {
  Pipeline pipeline = Pipeline("test").input("text").output("out");
  pipeline.pipe(shouting("first", "text", "loud")).pipe(shouting("second", "loud", "out"));
  const RunResult result =
      run(std::move(pipeline), RunInputs().ingest("text", make_memory_source("hello")), options().overlap(false));
  EXPECT_EQ(load(result, "out"), "HELLO");
  EXPECT_TRUE(events->in_order("committed text", "started first")) << events->text();
  EXPECT_TRUE(events->in_order("committed loud", "started second")) << events->text();
}

/// Writes 3 MiB each, `a` whole before `b`.
Task<> co_write_two(PipeIo& io) {
  for (const char* name : {"a", "b"}) {
    std::string output = name;
    SinkPtr sink = co_await io.co_output(output);
    for (int i = 0; i < 48; ++i) {
      Buffer buffer = co_await sink->co_buffer(65536);
      const std::size_t size = std::min<std::size_t>(buffer.size(), 65536);
      std::ranges::fill(buffer.bytes().first(size), static_cast<std::byte>(*name));
      Chunk chunk = std::move(buffer).share(size);
      co_await sink->co_write(std::move(chunk));
    }
    co_await sink->co_commit();
  }
}

Task<> co_compare_two(PipeIo& io, std::string first, std::string second, std::string out) {
  SourcePtr one = co_await io.co_input(first);
  const std::string first_text = co_await co_read_all(std::move(one));
  SourcePtr other = co_await io.co_input(second);
  const std::string second_text = co_await co_read_all(std::move(other));
  co_await co_store_text(io, out, first_text.substr(0, 1) + second_text.substr(0, 1));
}

TEST_P(ExecutorTest, two_outputs_are_read_in_either_order) {
  Pipeline pipeline = Pipeline("test").output("ab").output("ba");
  pipeline.pipe(PipeSpec("write").writes("a").writes("b").run(co_write_two));
  pipeline.pipe(PipeSpec("forth").reads("a").reads("b").writes("ab").run(
      [](PipeIo& io) { return co_compare_two(io, "a", "b", "ab"); }));
  pipeline.pipe(PipeSpec("back").reads("a").reads("b").writes("ba").run(
      [](PipeIo& io) { return co_compare_two(io, "b", "a", "ba"); }));
  const RunResult result = run(std::move(pipeline), RunInputs());
  EXPECT_EQ(load(result, "ab"), "ab");
  EXPECT_EQ(load(result, "ba"), "ba");
}

Task<> co_read_a_little(PipeIo& io) {
  SourcePtr source = co_await io.co_input("text");
  co_await source->co_read(1);
  source.reset();
  co_await co_store_text(io, "out", "enough");
}

TEST_P(ExecutorTest, a_pipe_that_reads_a_little_has_finished_when_its_input_is_committed) {
  auto source = paced();
  source->gives("first ").waits_for("committed out").gives("last");
  const RunResult result = run(one_pipe(PipeSpec("glance").reads("text").writes("out").run(co_read_a_little)),
                               RunInputs().ingest("text", std::move(source)));
  EXPECT_EQ(load(result, "out"), "enough");
  EXPECT_TRUE(events->in_order("committed out", "committed text")) << events->text();
  EXPECT_TRUE(events->in_order("committed text", "finished glance")) << events->text();
}

Task<> co_throw(PipeIo& io, std::shared_ptr<RunEvents> events, std::string after) {
  co_await events->co_seen(after);
  SinkPtr sink = co_await io.co_output("out");
  throw std::runtime_error("it does not like this");
}

Task<> co_wait_for_ever(PipeIo& io) {
  SinkPtr sink = co_await io.co_output("other");
  Signal never;
  co_await never.co_wait(never.epoch());
}

TEST_P(ExecutorTest, the_first_error_cancels_the_rest_and_names_its_pipe) {
  Pipeline pipeline = Pipeline("test").output("out").output("other");
  pipeline.pipe(
      PipeSpec("bad").writes("out").run([seen = events](PipeIo& io) { return co_throw(io, seen, "started patient"); }));
  pipeline.pipe(PipeSpec("patient").writes("other").run(co_wait_for_ever));
  pipeline.pipe(PipeSpec("reader").reads("out").reads("other").writes("more").run(
      [](PipeIo& io) { return co_compare_two(io, "out", "other", "more"); }));
  const Error error = failure_of(std::move(pipeline), RunInputs());
  EXPECT_EQ(error.kind(), ErrorKind::pipe_failed);
  EXPECT_THAT(error.message(), HasSubstr("'bad'"));
  ASSERT_NE(error.cause(), nullptr);
  EXPECT_THAT(error.cause()->message(), HasSubstr("it does not like this"));
  EXPECT_TRUE(events->has("failed patient: cancelled")) << events->text();
  EXPECT_FALSE(events->has("committed")) << events->text();
  EXPECT_EQ(objects(), 0U);
}

Task<> co_forget_to_commit(PipeIo& io) {
  SinkPtr sink = co_await io.co_output("out");
  Buffer buffer = co_await sink->co_buffer(10);
  Chunk chunk = std::move(buffer).share(10);
  co_await sink->co_write(std::move(chunk));
}

TEST_P(ExecutorTest, a_pipe_that_ends_without_committing_has_failed) {
  Pipeline pipeline = Pipeline("test").output("out").output("more");
  pipeline.pipe(PipeSpec("lazy").writes("out").run(co_forget_to_commit));
  pipeline.pipe(shouting("reader", "out", "more"));
  const Error error = failure_of(std::move(pipeline), RunInputs());
  EXPECT_EQ(error.kind(), ErrorKind::pipe_failed);
  EXPECT_THAT(error.what(), HasSubstr("'lazy'"));
  EXPECT_THAT(error.what(), HasSubstr("without having committed 'out'"));
  EXPECT_EQ(objects(), 0U);
}

TEST_P(ExecutorTest, a_failing_input_fails_everything) {
  auto source = paced();
  source->gives("first ").waits_for("first byte of out").fails(Error(ErrorKind::io, "the camera broke"));
  const Error error =
      failure_of(one_pipe(shouting("shout", "text", "out")), RunInputs().ingest("text", std::move(source)));
  EXPECT_EQ(error.kind(), ErrorKind::pipe_failed);
  EXPECT_THAT(error.message(), HasSubstr("the input 'text'"));
  EXPECT_THAT(error.what(), HasSubstr("the camera broke"));
  EXPECT_TRUE(events->has("failed shout: ")) << events->text();
  EXPECT_EQ(objects(), 0U);
}

TEST_P(ExecutorTest, names_that_a_pipe_did_not_declare_are_refused) {
  const auto asking = [](Task<> (*body)(PipeIo&)) { return one_pipe(PipeSpec("odd").writes("out").run(body)); };
  const auto input = [](PipeIo& io) -> Task<> { co_await io.co_input("text"); };
  const auto output = [](PipeIo& io) -> Task<> { co_await io.co_output("text"); };
  for (const auto body : {+input, +output}) {
    const Error error = failure_of(asking(body), RunInputs().ingest("text", make_memory_source("abc")));
    EXPECT_THAT(error.what(), HasSubstr("which it does not say it")) << error.what();
  }
}

TEST_P(ExecutorTest, what_cannot_run_is_refused_before_anything_starts) {
  const auto pipeline = [] { return one_pipe(shouting("shout", "text", "out")); };
  const Uri nowhere("other:///a");
  const Uri absent = storage->providers().active()->uri_of("absent");
  const auto text = [] { return RunInputs().ingest("text", make_memory_source("abc")); };
  EXPECT_THAT(failure_of(pipeline(), RunInputs()).what(), HasSubstr("the input 'text' of the pipeline is not given"));
  EXPECT_THAT(failure_of(pipeline(), text().ingest("texts", make_memory_source(""))).what(),
              HasSubstr("the pipeline has no input 'texts'; did you mean 'text'?"));
  EXPECT_THAT(failure_of(pipeline(), text(), options().store_at("outs", absent)).what(),
              HasSubstr("no 'outs' that could be stored; did you mean 'out'?"));
  EXPECT_THAT(failure_of(pipeline(), text(), options().store_at("out", absent).store_at("text", absent)).what(),
              HasSubstr("are to be one object"));
  EXPECT_EQ(failure_of(pipeline(), text(), options().store_at("out", nowhere)).kind(), ErrorKind::not_found);
  EXPECT_EQ(failure_of(pipeline(), RunInputs().use("text", absent)).kind(), ErrorKind::not_found);
  EXPECT_THAT(failure_of(one_pipe(shouting("shout", "txt", "out")), text()).what(), HasSubstr("which nobody writes"));
  EXPECT_FALSE(events->has("started")) << events->text();
  EXPECT_EQ(objects(), 0U);
}

TEST_P(ExecutorTest, what_looks_wrong_is_warned_of) {
  Pipeline pipeline =
      one_pipe(PipeSpec("alone").writes("out").run([](PipeIo& io) { return co_store_text(io, "out", "x"); }));
  const RunResult result = run(std::move(pipeline), RunInputs().ingest("text", make_memory_source("abc")));
  ASSERT_EQ(result.warnings.size(), 1U);
  EXPECT_EQ(result.warnings[0], "nobody reads the input 'text'");
  EXPECT_TRUE(events->has("warned nobody reads the input 'text'"));
}

}  // namespace
}  // namespace coffer
