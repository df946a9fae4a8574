#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <coffer/base/literals.hpp>
#include <coffer/pipe/executor.hpp>
#include <coffer/providers/memory.hpp>
#include <coffer/storage/storage.hpp>
#include <coffer/stream/memory_source.hpp>
#include <coffer/stream/pump.hpp>
#include <gtest/gtest.h>

#include "async/together.hpp"
#include "fakes/blind_provider.hpp"
#include "fakes/faulty_provider.hpp"
#include "fakes/memory_scratch.hpp"
#include "support/test_loop.hpp"

namespace coffer {
namespace {

Task<> co_copy_input(PipeIo& io, ByteSink& sink, std::string name) {
  const SourcePtr source = co_await io.co_input(name);
  co_await co_pump(*source, sink);
}

Task<> co_then_release(Task<> event, std::shared_ptr<test::Faults> faults) {
  co_await std::move(event);
  faults->release();
}

Task<> co_then_fail(Task<> event) {
  co_await std::move(event);
  throw Error(ErrorKind::io, "it has enough");
}

Task<> co_run_quietly(Executor& executor, Pipeline pipeline, RunInputs inputs) {
  try {
    co_await executor.co_run(std::move(pipeline), std::move(inputs));
    ADD_FAILURE() << "it ended well";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::cancelled);
  }
}

Task<> co_either(Task<> a, Task<> b) {
  const boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
  co_await co_until_first(executor, std::move(a), std::move(b));
}

/// Two pipes in a row: `first` reads the text; `second` what that wrote, and two objects of a distant store.
class ExecutorPrefetch : public testing::TestWithParam<test::LoopKind> {
 protected:
  static constexpr std::size_t size = 300'000;

  ExecutorPrefetch() : loop_(GetParam()) {
    Runtime& runtime = loop_.runtime();
    origin_ = make_memory_provider(runtime, MemoryConfig().name("far"));
    auto far = std::make_shared<test::BlindProvider>(runtime, origin_);
    ProviderRegistry registry;
    registry.add_active(make_memory_provider(runtime));
    registry.add(test::make_faulty_provider(runtime, std::move(far), far_));
    storage_.emplace(runtime, std::move(registry), std::make_shared<test::MemoryScratch>());
    for (const char* name : {"photo", "scene"}) loop_.run(origin_->co_store(name, std::string(size, *name)));
  }
  ~ExecutorPrefetch() override {
    far_->release();
    EXPECT_TRUE(loop_.run(loop_.runtime().co_close(std::chrono::minutes(1))));
    EXPECT_EQ(loop_.runtime().pool().use().granted, 0U) << "nothing that was read ahead is left in memory";
  }

  /// `work` is what the first pipe does before it writes anything.
  Pipeline two_pipes(std::function<Task<>()> work) {
    return Pipeline("p")
        .input("text")
        .input("photo")
        .input("scene")
        .output("out")
        .pipe(PipeSpec("first").reads("text").writes("mid").run(
            [work = std::move(work)](PipeIo& io) { return co_first(io, work); }))
        .pipe(PipeSpec("second").reads("mid").reads("photo").reads("scene").writes("out").run(
            [](PipeIo& io) { return co_second(io); }));
  }
  static Task<> co_first(PipeIo& io, const std::function<Task<>()>& work) {
    co_await work();
    const SinkPtr mid = co_await io.co_output("mid");
    co_await co_copy_input(io, *mid, "text");
    co_await mid->co_commit();
  }
  static Task<> co_second(PipeIo& io) {
    const SinkPtr out = co_await io.co_output("out");
    for (const char* name : {"mid", "photo", "scene"}) co_await co_copy_input(io, *out, name);
    co_await out->co_commit();
  }
  static Task<> co_no_work() { co_return; }

  RunInputs inputs() const {
    return RunInputs()
        .ingest("text", make_memory_source("hello"))
        .use("photo", Uri("mem://far/photo"))
        .use("scene", Uri("mem://far/scene"));
  }
  template <class T>
  T run(Task<T> task) {
    return loop_.run(boost::asio::co_spawn(boost::asio::make_strand(loop_.runtime().executor()), std::move(task),
                                           boost::asio::use_awaitable));
  }
  RunResult run(Pipeline pipeline, RunOptions options = RunOptions()) {
    Executor executor(*storage_);
    return run(executor.co_run(std::move(pipeline), inputs(), std::move(options)));
  }
  std::string output(const RunResult& result) { return loop_.run(storage_->co_load(result.outputs.at("out").uri)); }
  static std::string expected() { return "hello" + std::string(size, 'p') + std::string(size, 's'); }

  test::TestLoop loop_;
  std::shared_ptr<test::Faults> far_ = std::make_shared<test::Faults>();
  ProviderPtr origin_;
  std::optional<Storage> storage_;
};

TEST_P(ExecutorPrefetch, what_the_next_pipe_reads_is_read_ahead_while_the_first_works) {
  far_->hold("open", 2);
  // Only somebody who reads ahead opens it now: the second pipe cannot start.
  const auto work = [far = far_] { return co_then_release(far->co_held(), far); };
  const RunResult result = run(two_pipes(work));
  EXPECT_TRUE(output(result) == expected());
  EXPECT_EQ(far_->calls("open"), 2U) << "each was read once";
  EXPECT_GE(result.bytes_ahead, size);
}

TEST_P(ExecutorPrefetch, without_overlap_nothing_is_read_ahead) {
  const RunResult result = run(two_pipes(co_no_work), RunOptions().overlap(false));
  EXPECT_TRUE(output(result) == expected());
  EXPECT_EQ(result.bytes_ahead, 0U);
}

TEST_P(ExecutorPrefetch, a_store_that_fails_meanwhile_fails_no_run) {
  far_->fail("open", 1, Error(ErrorKind::io, "the line is cut"));
  far_->hold("open", 2);
  const auto work = [far = far_] { return co_then_release(far->co_held(), far); };
  EXPECT_TRUE(output(run(two_pipes(work))) == expected());
}

TEST_P(ExecutorPrefetch, a_run_that_fails_ends_what_is_being_read_ahead) {
  far_->hold("read", 1);
  const auto work = [far = far_] { return co_then_fail(far->co_held()); };
  try {
    run(two_pipes(work));
    ADD_FAILURE() << "it ended well";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::pipe_failed);
  }
}

TEST_P(ExecutorPrefetch, a_run_that_is_cancelled_ends_what_is_being_read_ahead) {
  far_->hold("read", 1);
  const auto work = [] { return co_for_ever(); };
  Executor executor(*storage_);
  Task<> running = co_run_quietly(executor, two_pipes(work), inputs());
  run(co_either(std::move(running), far_->co_held()));
}

INSTANTIATE_TEST_SUITE_P(, ExecutorPrefetch, testing::ValuesIn(test::all_loop_kinds),
                         [](const auto& info) { return test::to_string(info.param); });

}  // namespace
}  // namespace coffer
