#pragma once

#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <coffer/io_backends/make_io_backend.hpp>
#include <coffer/pipe/executor.hpp>
#include <coffer/providers/local.hpp>
#include <coffer/providers/memory.hpp>
#include <coffer/storage/storage.hpp>
#include <coffer/stream/memory_source.hpp>
#include <coffer/stream/pump.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/together.hpp"
#include "pipe/run_events.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_loop.hpp"

namespace coffer::test {

enum class StoreKind : std::uint8_t { memory, local };

/// A store and an Executor on every kind of loop.
class ExecutorFixture : public testing::TestWithParam<std::tuple<LoopKind, StoreKind>> {
 public:
  ~ExecutorFixture() override {
    // What was dropped is cleaned up before the Storage goes.
    EXPECT_TRUE(run(loop.runtime().co_close(std::chrono::minutes(1))));
  }

 protected:
  explicit ExecutorFixture(RuntimeConfig config = RuntimeConfig()) : loop(std::get<0>(GetParam()), std::move(config)) {
    ProviderRegistry providers;
    if (std::get<1>(GetParam()) == StoreKind::memory) {
      providers.add_active(make_memory_provider(loop.runtime()));
    } else {
      LocalConfig local(folder.path() / "store");
      providers.add_active(make_local_provider(loop.runtime(), make_io_backend(loop.runtime()), std::move(local)));
    }
    storage.emplace(loop.runtime(), std::move(providers));
    std::filesystem::create_directory(work());
  }

  std::filesystem::path work() const { return folder.path() / "work"; }
  RunOptions options() const { return RunOptions().observer(events).work_folder(work()).keep(Keep::everything); }
  std::unique_ptr<PacedSource> paced() const { return std::make_unique<PacedSource>(events); }

  /// On a strand: a loop of several threads runs one thing of a test at a time.
  template <class T>
  T run(Task<T> task) {
    return loop.run(boost::asio::co_spawn(boost::asio::make_strand(loop.runtime().executor()), std::move(task),
                                          boost::asio::use_awaitable));
  }
  RunResult run(Pipeline pipeline, RunInputs inputs) { return run(std::move(pipeline), std::move(inputs), options()); }
  RunResult run(Pipeline pipeline, RunInputs inputs, RunOptions how) {
    Executor executor(*storage);
    return run(executor.co_run(std::move(pipeline), std::move(inputs), std::move(how)));
  }
  /// What it throws.
  Error failure_of(Pipeline pipeline, RunInputs inputs) {
    return failure_of(std::move(pipeline), std::move(inputs), options());
  }
  Error failure_of(Pipeline pipeline, RunInputs inputs, RunOptions how) {
    try {
      run(std::move(pipeline), std::move(inputs), std::move(how));
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "it ran:\n" << events->text();
    return {};
  }

  /// Cancels the run when such an event happens, if it does. What it throws; no error's text where it ran to its end.
  Error cancelled_when(std::string event, Pipeline pipeline, RunInputs inputs) {
    std::exception_ptr thrown;
    Executor executor(*storage);
    Task<> running = co_run_into(executor, std::move(pipeline), std::move(inputs), options(), thrown);
    run(co_until_either(std::move(running), events->co_seen(std::move(event))));
    return thrown ? to_error(thrown) : Error();
  }

  std::string load(const Uri& uri) { return run(storage->co_load(uri)); }
  std::string load(const RunResult& result, const std::string& name) { return load(result.outputs.at(name).uri); }

  static Task<> co_run_into(Executor& executor, Pipeline pipeline, RunInputs inputs, RunOptions how,
                            std::exception_ptr& thrown) {
    try {
      co_await executor.co_run(std::move(pipeline), std::move(inputs), std::move(how));
    } catch (...) {
      thrown = std::current_exception();
    }
  }
  static Task<> co_until_either(Task<> a, Task<> b) {
    const boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
    co_await co_until_first(executor, std::move(a), std::move(b));
  }

  static Task<std::size_t> co_count(Storage& storage) {
    Uri all = storage.providers().active()->root();
    ListerPtr lister = co_await storage.co_list(std::move(all));
    std::size_t count = 0;
    for (;;) {
      const auto page = co_await lister->co_next();
      if (page.empty()) co_return count;
      count += page.size();
    }
  }
  /// Objects in the store.
  std::size_t objects() { return run(co_count(*storage)); }
  bool left_no_work_folder() const { return std::filesystem::is_empty(work()); }

  TemporaryFolder folder;
  TestLoop loop;
  std::optional<Storage> storage;
  std::shared_ptr<RunEvents> events = std::make_shared<RunEvents>();
};

inline const auto every_loop_and_store =
    testing::Combine(testing::ValuesIn(all_loop_kinds), testing::Values(StoreKind::memory, StoreKind::local));

inline const auto name_of_loop_and_store = [](const testing::TestParamInfo<std::tuple<LoopKind, StoreKind>>& info) {
  return to_string(std::get<0>(info.param)) + (std::get<1>(info.param) == StoreKind::memory ? "_memory" : "_local");
};

/// A pipe that copies `from` to `to`, in capitals.
inline Task<> co_shout(PipeIo& io, std::string from, std::string to) {
  SourcePtr source = co_await io.co_input(from);
  SinkPtr sink = co_await io.co_output(to);
  for (;;) {
    std::optional<Chunk> chunk = co_await source->co_read();
    if (!chunk) break;
    for (std::size_t done = 0; done < chunk->size();) {
      Buffer buffer = co_await sink->co_buffer(chunk->size() - done);
      const std::size_t part = std::min(buffer.size(), chunk->size() - done);
      std::ranges::transform(chunk->text().substr(done, part), reinterpret_cast<char*>(buffer.data()),
                             [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
      Chunk shouted = std::move(buffer).share(part);
      co_await sink->co_write(std::move(shouted));
      done += part;
    }
  }
  co_await sink->co_commit();
}

inline Pipeline one_pipe(PipeSpec pipe) { return Pipeline("test").input("text").output("out").pipe(std::move(pipe)); }

inline PipeSpec shouting(const std::string& name, const std::string& from, const std::string& to) {
  return PipeSpec(name).reads(from).writes(to).run([from, to](PipeIo& io) { return co_shout(io, from, to); });
}

}  // namespace coffer::test
