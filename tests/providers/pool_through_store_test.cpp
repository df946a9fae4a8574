#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/strand.hpp>
#include <coffer/base/literals.hpp>
#include <coffer/io_backends/make_io_backend.hpp>
#include <coffer/providers/local.hpp>
#include <coffer/providers/memory.hpp>
#include <coffer/storage/provider.hpp>
#include <coffer/stream/pump.hpp>
#include <gtest/gtest.h>

#include "async/started.hpp"
#include "io_backends/test_files.hpp"
#include "support/cancelled_after.hpp"
#include "support/random_seed.hpp"
#include "support/test_loop.hpp"
#include "support/this_process.hpp"

namespace coffer::test {
namespace {

constexpr std::size_t budget = 64_KiB;
constexpr std::size_t workers = 16;
constexpr std::size_t steps = 16;
constexpr std::size_t objects = 8;
constexpr std::size_t largest_object = 400'000;

/// The pool of a store at work, and by how much it was ever seen beyond its bound.
struct Watched {
  Runtime& runtime;
  StorageProvider& store;
  std::atomic<std::size_t> beyond = 0;

  void look() {
    const PoolUse use = runtime.pool().use();
    const std::size_t bound = use.budget + use.holders * 2 * smallest_buffer;
    if (use.granted <= bound) return;
    std::size_t most = beyond;
    while (most < use.granted - bound && !beyond.compare_exchange_weak(most, use.granted - bound)) {
    }
  }
};

std::string key_of(std::uint64_t number) { return "folder/" + std::to_string(number % objects); }

/// One stream's way, drawn before it begins.
struct Step {
  enum class Kind : std::uint8_t { write, read, read_at, copy };

  Kind kind = Kind::write;
  std::string key;
  std::string other_key;
  std::size_t size = 0;
  std::size_t piece = 0;
  bool announced = false;
  bool to_its_end = false;
  std::optional<unsigned> cancelled_after;

  static Step random(std::mt19937_64& random) {
    Step step;
    step.kind = static_cast<Kind>(random() % 4);
    step.key = key_of(random());
    step.other_key = key_of(random());
    step.size = random() % largest_object;
    step.piece = 1 + random() % (std::size_t{1} << (10 + random() % 9));
    step.announced = random() % 2 == 0;
    step.to_its_end = random() % 4 != 0;
    if (random() % 3 == 0) step.cancelled_after = random() % (1U << (random() % 10));
    return step;
  }
};

/// A piece at a time; others have turns while it is held. Commits, or drops the sink half way.
Task<bool> co_write(Watched& watched, const Step& step) {
  WriteOptions options;
  if (step.announced) options.size(step.size);
  const SinkPtr sink = co_await watched.store.co_create(step.key, std::move(options));
  const std::size_t end = step.to_its_end ? step.size : step.size / 2;
  for (std::size_t done = 0; done < end;) {
    Buffer buffer = co_await sink->co_buffer(step.piece);
    const std::size_t part = std::min({buffer.size(), step.piece, end - done});
    fill(buffer.bytes().first(part), done);
    Chunk chunk = std::move(buffer).share(part);
    watched.look();
    co_await co_turn();
    co_await sink->co_write(std::move(chunk));
    watched.look();
    done += part;
  }
  if (step.to_its_end) co_await sink->co_commit();
  co_return true;
}

Task<bool> co_read(Watched& watched, const Step& step) {
  const SourcePtr source = co_await watched.store.co_open(step.key, ReadOptions());
  const std::uint64_t size = *source->info().size;
  const std::uint64_t end = step.to_its_end ? size : size / 2;
  bool right = true;
  std::uint64_t done = 0;
  while (done < end) {
    const std::optional<Chunk> chunk = co_await source->co_read(step.piece);
    if (!chunk) break;
    watched.look();
    right = right && right_bytes(*chunk, done) == chunk->size();
    done += chunk->size();
    co_await co_turn();
  }
  co_return right&& done >= end;
}

Task<bool> co_read_at(Watched& watched, const Step& step) {
  const ObjectPtr object = co_await watched.store.co_object(step.key, ReadOptions());
  const std::uint64_t size = *object->info().size;
  bool right = true;
  for (std::uint64_t offset = step.size % 4096; offset < size; offset += largest_object / 5) {
    const ByteRange range = ByteRange::of(offset, step.piece);
    const Chunk chunk = co_await object->co_read_at(range);
    watched.look();
    right = right && !chunk.empty() && right_bytes(chunk, offset) == chunk.size();
    co_await co_turn();
  }
  co_return right;
}

/// Two streams at once.
Task<bool> co_copy(Watched& watched, const Step& step) {
  const SourcePtr source = co_await watched.store.co_open(step.key, ReadOptions());
  const SinkPtr sink = co_await watched.store.co_create(step.other_key, WriteOptions());
  const Progress look = [&watched](std::uint64_t /*bytes*/) { watched.look(); };
  co_await co_pump(*source, *sink, look);
  if (step.to_its_end) co_await sink->co_commit();
  co_return true;
}

Task<bool> co_take(Watched& watched, const Step& step) {
  switch (step.kind) {
    case Step::Kind::write:
      return co_write(watched, step);
    case Step::Kind::read:
      return co_read(watched, step);
    case Step::Kind::read_at:
      return co_read_at(watched, step);
    case Step::Kind::copy:
      break;
  }
  return co_copy(watched, step);
}

Task<bool> co_worker(Watched& watched, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  bool right = true;
  for (std::size_t i = 0; i < steps; ++i) {
    const Step step = Step::random(random);
    Task<bool> task = co_take(watched, step);
    if (step.cancelled_after) {
      const std::optional<bool> answer = co_await co_cancelled_after(std::move(task), *step.cancelled_after);
      right = right && answer.value_or(true);
    } else {
      const bool answer = co_await std::move(task);
      right = right && answer;
    }
    watched.look();
  }
  co_return right;
}

class PoolThroughStore : public testing::TestWithParam<std::tuple<std::string, LoopKind>> {
 protected:
  ProviderPtr make_store(Runtime& runtime) const {
    const auto& [store, loop] = GetParam();
    if (store == "memory") return make_memory_provider(runtime);
    return make_local_provider(runtime, make_io_backend(runtime, store), LocalConfig(folder_.path() / "store"));
  }

 private:
  TempFolder folder_;
};

TEST_P(PoolThroughStore, random_streams_end_within_the_bound_with_right_bytes_and_return_everything) {
  const std::uint64_t seed = random_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  const std::size_t descriptors = open_descriptors();
  {
    TestLoop loop(std::get<LoopKind>(GetParam()), RuntimeConfig().budget(budget));
    Runtime& runtime = loop.runtime();
    const ProviderPtr store = make_store(runtime);
    for (std::size_t i = 0; i < objects; ++i) {
      const Chunk bytes = chunk_of(0, 1 + i * largest_object / objects);
      loop.run(store->co_store(key_of(i), std::string(bytes.text())));
    }
    Watched watched{runtime, *store};
    std::vector<Started<bool>> all;
    for (std::size_t i = 0; i < workers; ++i) {
      const boost::asio::any_io_executor strand = boost::asio::make_strand(runtime.executor());
      all.push_back(start(strand, co_worker(watched, seed + i)));
    }
    for (auto& worker : all) EXPECT_TRUE(loop.run(worker.co_result())) << "a byte was wrong or missing";

    EXPECT_EQ(watched.beyond, 0U) << "bytes beyond the budget and 32 KiB a stream";
    EXPECT_GT(runtime.pool().use().peak, budget) << "memory was never short: nothing was shown";
    for (std::size_t i = 0; i < objects; ++i) {
      const std::string bytes = loop.run(store->co_load(key_of(i)));
      EXPECT_EQ(right_bytes(std::as_bytes(std::span(bytes)), 0), bytes.size()) << key_of(i);
    }
    EXPECT_TRUE(loop.run(runtime.co_close(std::chrono::seconds(60))));
    EXPECT_EQ(runtime.pool().use().granted, 0U);
    EXPECT_EQ(runtime.pool().use().holders, 0U);
  }
  EXPECT_EQ(open_descriptors(), descriptors);
}

std::vector<std::string> all_stores() {
#ifdef COFFER_WITH_URING
  return {"uring", "threads", "memory"};
#else
  return {"threads", "memory"};
#endif
}

INSTANTIATE_TEST_SUITE_P(On, PoolThroughStore,
                         testing::Combine(testing::ValuesIn(all_stores()), testing::ValuesIn(all_loop_kinds)),
                         [](const auto& info) {
                           return std::get<0>(info.param) + "_" + to_string(std::get<LoopKind>(info.param));
                         });

}  // namespace
}  // namespace coffer::test
