#include <memory>

#include <coffer/stream/pump.hpp>
#include <gtest/gtest.h>

#include "promise.hpp"
#include "tools.hpp"

namespace coffer::conformance {
namespace {

constexpr std::size_t object_size = 3 * MiB + 3;

/// Reached after the loop came round so often.
std::function<bool()> after_turns(int turns) {
  auto left = std::make_shared<int>(turns);
  return [left] { return (*left)-- <= 0; };
}

void expect_ended_or_cancelled(const std::string& failure) {
  EXPECT_TRUE(failure.empty() || failure == "cancelled") << failure;
}

Task<> a_cancelled_read_leaves_the_store_usable(Subject& subject) {
  StorageProvider& store = subject.store();
  const std::string bytes = sample_bytes(object_size);
  co_await store.co_store("key", bytes);
  for (int turns = 0; turns < 24; ++turns) {
    Task<std::string> load = store.co_load("key");
    const std::string failure = co_await co_cancelled_at(std::move(load), after_turns(turns));
    expect_ended_or_cancelled(failure);
  }
  const std::string loaded = co_await store.co_load("key");
  EXPECT_TRUE(loaded == bytes);
}

/// All of the object, or none of it.
Task<> co_expect_whole_or_absent(StorageProvider& store, std::string key, std::string bytes, std::string failure) {
  const bool absent = co_await co_absent(store, key);
  if (absent) {
    EXPECT_EQ(failure, "cancelled") << "the store said that it had stored it";
    co_return;
  }
  const std::string loaded = co_await store.co_load(key);
  EXPECT_TRUE(loaded == bytes);
}

Task<> co_store_in_pieces(StorageProvider& store, std::string key, std::string bytes) {
  const SinkPtr sink = co_await store.co_create(std::move(key), WriteOptions());
  co_await co_write_pieces(*sink, std::move(bytes), 200'000);
  co_await sink->co_commit();
}

Task<> a_cancelled_write_stores_all_or_nothing(Subject& subject) {
  StorageProvider& store = subject.store();
  const std::string bytes = sample_bytes(object_size);
  for (int turns = 0; turns < 24; ++turns) {
    const std::string key = "key-" + std::to_string(turns);
    Task<> writer = co_store_in_pieces(store, key, bytes);
    const std::string failure = co_await co_cancelled_at(std::move(writer), after_turns(turns));
    expect_ended_or_cancelled(failure);
    co_await co_expect_whole_or_absent(store, key, bytes, failure);
  }
  const Stored stored = co_await store.co_store("after", bytes);
  EXPECT_EQ(stored.size, bytes.size());
}

Task<> co_write_for_ever(StorageProvider& store, std::string key, std::shared_ptr<std::uint64_t> written) {
  const SinkPtr sink = co_await store.co_create(std::move(key), WriteOptions());
  const std::string bytes = sample_bytes(100'000);
  // Round and round in little memory: it ends by being cancelled, or the test by its size.
  while (*written < 512 * MiB) {
    Chunk chunk = unaligned_chunk(bytes);
    co_await sink->co_write(std::move(chunk));
    *written += bytes.size();
  }
}

Task<> a_write_without_end_can_be_cancelled_at_any_place(Subject& subject) {
  StorageProvider& store = subject.store();
  for (const std::uint64_t place : {std::uint64_t{0}, std::uint64_t{MiB}, std::uint64_t{5 * MiB}}) {
    auto written = std::make_shared<std::uint64_t>(0);
    Task<> writer = co_write_for_ever(store, "key", written);
    // Named: g++ 12 destroys a lambda that owns twice where it is written inside the co_await.
    std::function<bool()> reached = [written, place] { return *written >= place; };
    const std::string failure = co_await co_cancelled_at(std::move(writer), std::move(reached));
    EXPECT_EQ(failure, "cancelled") << "after " << place << " bytes";
    const bool absent = co_await co_absent(store, "key");
    EXPECT_TRUE(absent);
  }
}

Task<> co_read_for_ever(StorageProvider& store, std::string key, std::shared_ptr<std::uint64_t> read) {
  while (*read < 4096 * MiB) {
    const SourcePtr source = co_await store.co_open(key, ReadOptions());
    while (const std::optional<Chunk> chunk = co_await source->co_read()) *read += chunk->size();
  }
}

Task<> a_read_without_end_can_be_cancelled_at_any_place(Subject& subject) {
  StorageProvider& store = subject.store();
  const std::string bytes = sample_bytes(object_size);
  co_await store.co_store("key", bytes);
  for (const std::uint64_t place : {std::uint64_t{0}, std::uint64_t{2 * MiB}, std::uint64_t{20 * MiB}}) {
    auto read = std::make_shared<std::uint64_t>(0);
    Task<> reader = co_read_for_ever(store, "key", read);
    // Named: g++ 12 destroys a lambda that owns twice where it is written inside the co_await.
    std::function<bool()> reached = [read, place] { return *read >= place; };
    const std::string failure = co_await co_cancelled_at(std::move(reader), std::move(reached));
    EXPECT_EQ(failure, "cancelled") << "after " << place << " bytes";
  }
  const std::string loaded = co_await store.co_load("key");
  EXPECT_TRUE(loaded == bytes);
}

Task<> co_use(StorageProvider& store, std::uint32_t user) {
  const std::string own = "user/" + std::to_string(user) + "/";
  for (std::uint32_t round = 0; round < 6; ++round) {
    const std::string bytes = sample_bytes(50'000 * (round + 1) + user, user * 100 + round);
    const std::string key = own + std::to_string(round);
    co_await store.co_store(key, bytes);
    co_await store.co_store("shared", sample_bytes(70'000, user));
    const std::string loaded = co_await store.co_load(key);
    EXPECT_TRUE(loaded == bytes) << key;
    const std::string shared = co_await store.co_load("shared");
    EXPECT_EQ(shared.size(), 70'000U);
    const std::vector<ListEntry> listed = co_await co_pages(store, own);
    EXPECT_EQ(listed.size(), round + 1);
  }
  co_await store.co_remove(own, RemoveOptions().recursive());
}

Task<> co_expect_only_shared(StorageProvider& store) {
  const std::vector<ListEntry> listed = co_await co_pages(store, "");
  EXPECT_EQ(keys_of(listed), std::vector<std::string>{"shared"});
  const std::string shared = co_await store.co_load("shared");
  bool whole = false;
  for (std::uint32_t user = 0; user < 8; ++user) whole = whole || shared == sample_bytes(70'000, user);
  EXPECT_TRUE(whole) << "the shared object is a mix of several";
}

void many_users_at_once_do_not_disturb_each_other(Subject& subject) {
  std::vector<Task<>> tasks;
  for (std::uint32_t user = 0; user < 8; ++user) tasks.push_back(co_use(subject.store(), user));
  subject.run_all(std::move(tasks));
  subject.run(co_expect_only_shared(subject.store()));
}

Task<> co_copy_stream(StorageProvider& store, std::string to) {
  const SourcePtr source = co_await store.co_open("key", ReadOptions());
  const SinkPtr sink = co_await store.co_create(std::move(to), WriteOptions());
  const std::uint64_t moved = co_await co_pump(*source, *sink);
  EXPECT_EQ(moved, object_size);
  co_await sink->co_commit();
}

Task<> co_prepare(StorageProvider& store) { co_await store.co_store("key", sample_bytes(object_size)); }

Task<> co_expect_copies(StorageProvider& store, int count) {
  for (int i = 0; i < count; ++i) {
    const std::string loaded = co_await store.co_load("copy-" + std::to_string(i));
    EXPECT_TRUE(loaded == sample_bytes(object_size)) << i;
  }
}

void many_streams_share_a_small_budget(Subject& subject) {
  subject.run(co_prepare(subject.store()));
  std::vector<Task<>> tasks;
  for (int i = 0; i < 16; ++i) tasks.push_back(co_copy_stream(subject.store(), "copy-" + std::to_string(i)));
  subject.run_all(std::move(tasks));
  subject.run(co_expect_copies(subject.store(), 16));
  const PoolUse use = subject.runtime().pool().use();
  EXPECT_LE(use.peak, use.budget + 32 * smallest_buffer);
}

}  // namespace

std::span<const Promise> concurrency_promises() {
  static constexpr Promise promises[] = {
      COFFER_PROMISE_ON_STRAND(a_cancelled_read_leaves_the_store_usable),
      COFFER_PROMISE_ON_STRAND(a_cancelled_write_stores_all_or_nothing),
      COFFER_PROMISE_ON_STRAND(a_write_without_end_can_be_cancelled_at_any_place),
      COFFER_PROMISE_ON_STRAND(a_read_without_end_can_be_cancelled_at_any_place),
      COFFER_PROMISE(many_users_at_once_do_not_disturb_each_other),
      {"many_streams_share_a_small_budget", &perform<many_streams_share_a_small_budget>, MiB},
  };
  return promises;
}

}  // namespace coffer::conformance
