#include <gtest/gtest.h>

#include "promise.hpp"
#include "tools.hpp"

namespace coffer::conformance {
namespace {

constexpr std::size_t largest_answer = 4 * MiB;

/// All of [offset, offset + length), asking again for what was cut.
Task<std::string> co_range(Object& object, std::uint64_t offset, std::uint64_t length) {
  std::string bytes;
  while (bytes.size() < length) {
    const std::uint64_t rest = length - bytes.size();
    const Chunk chunk = co_await object.co_read_at(ByteRange::of(offset + bytes.size(), rest));
    EXPECT_FALSE(chunk.empty());
    EXPECT_LE(chunk.size(), std::min<std::uint64_t>(rest, largest_answer));
    if (chunk.empty()) break;
    bytes.append(chunk.text());
  }
  co_return std::move(bytes);
}

Task<> an_open_object_is_read_at_any_place_in_any_order(Subject& subject) {
  StorageProvider& store = subject.store();
  const std::string bytes = sample_bytes(5 * MiB + 3);
  co_await store.co_store("key", bytes);
  const ObjectPtr object = co_await store.co_object("key", ReadOptions());
  EXPECT_EQ(object->info().size, bytes.size());
  for (const std::uint64_t at :
       {bytes.size() - 1, std::size_t{0}, 3 * MiB - 1, std::size_t{511}, MiB, 2 * MiB + 4095}) {
    for (const std::uint64_t length : {std::uint64_t{1}, std::uint64_t{4096}, std::uint64_t{70'000}, 2 * MiB + 1}) {
      const std::uint64_t there = std::min(length, bytes.size() - at);
      const std::string read = co_await co_range(*object, at, there);
      EXPECT_TRUE(read == bytes.substr(at, there)) << length << " bytes at " << at;
    }
  }
  const Chunk cut = co_await object->co_read_at(ByteRange::of(bytes.size() - 10, 1000));
  EXPECT_TRUE(cut.text() == bytes.substr(bytes.size() - 10));
  const Chunk last = co_await object->co_read_at(ByteRange::last(1000));
  EXPECT_TRUE(last.text() == bytes.substr(bytes.size() - 1000));
}

Task<> a_large_range_is_answered_in_parts(Subject& subject) {
  StorageProvider& store = subject.store();
  const std::string bytes = sample_bytes(5 * MiB + 3);
  co_await store.co_store("key", bytes);
  const ObjectPtr object = co_await store.co_object("key", ReadOptions());
  const Chunk whole = co_await object->co_read_at(ByteRange::whole());
  EXPECT_GT(whole.size(), 0U);
  EXPECT_LE(whole.size(), largest_answer);
  EXPECT_TRUE(whole.text() == bytes.substr(0, whole.size()));
  const std::string all = co_await co_range(*object, 0, bytes.size());
  EXPECT_TRUE(all == bytes);
}

Task<> ranges_come_back_in_the_order_asked_for(Subject& subject) {
  StorageProvider& store = subject.store();
  const std::string bytes = sample_bytes(3 * MiB + 3);
  co_await store.co_store("key", bytes);
  const ObjectPtr object = co_await store.co_object("key", ReadOptions());
  // Far, near, touching, overlapping, the same twice, cut at the end.
  std::vector<ByteRange> ranges;
  ranges.push_back(ByteRange::of(3 * MiB, 100));
  ranges.push_back(ByteRange::of(10, 100));
  ranges.push_back(ByteRange::of(200, 4096));
  ranges.push_back(ByteRange::of(110, 90));
  ranges.push_back(ByteRange::of(50, 1000));
  ranges.push_back(ByteRange::of(10, 100));
  ranges.push_back(ByteRange::of(MiB - 1, 2));
  ranges.push_back(ByteRange::last(5));
  const std::vector<Chunk> chunks = co_await object->co_read_ranges(ranges);
  EXPECT_EQ(chunks.size(), ranges.size());
  for (std::size_t i = 0; i < std::min(chunks.size(), ranges.size()); ++i) {
    const Extent extent = ranges[i].within(bytes.size()).value();
    EXPECT_TRUE(chunks[i].text() == bytes.substr(extent.offset, extent.length)) << ranges[i].text();
  }
  const std::vector<Chunk> none = co_await object->co_read_ranges(std::vector<ByteRange>());
  EXPECT_TRUE(none.empty());
}

Task<> a_range_past_the_end_of_an_open_object_fails_the_call(Subject& subject) {
  StorageProvider& store = subject.store();
  co_await store.co_store("key", sample_bytes(1000));
  const ObjectPtr object = co_await store.co_object("key", ReadOptions());
  std::string failure = co_await co_failure(object->co_read_at(ByteRange::from(1000)));
  EXPECT_EQ(failure, "range_not_satisfiable");
  failure = co_await co_failure(object->co_read_at(ByteRange::of(5, 0)));
  EXPECT_EQ(failure, "range_not_satisfiable");
  std::vector<ByteRange> ranges;
  ranges.push_back(ByteRange::of(0, 10));
  ranges.push_back(ByteRange::of(1001, 10));
  failure = co_await co_failure(object->co_read_ranges(ranges));
  EXPECT_EQ(failure, "range_not_satisfiable");
  const Chunk after = co_await object->co_read_at(ByteRange::of(0, 10));
  EXPECT_TRUE(after.text() == sample_bytes(1000).substr(0, 10)) << "it can be read after a range that it does not have";
}

Task<> an_object_is_opened_for_random_access_without_a_range(Subject& subject) {
  StorageProvider& store = subject.store();
  co_await store.co_store("key", sample_bytes(1000));
  const std::string failure = co_await co_failure(store.co_object("key", ReadOptions().range(ByteRange::from(10))));
  EXPECT_EQ(failure, "invalid_argument");
}

Task<> the_whole_of_an_empty_object_is_no_bytes(Subject& subject) {
  StorageProvider& store = subject.store();
  co_await store.co_store("empty", "");
  const ObjectPtr object = co_await store.co_object("empty", ReadOptions());
  const Chunk whole = co_await object->co_read_at(ByteRange::whole());
  EXPECT_TRUE(whole.empty());
}

Task<> an_open_object_never_shows_what_was_stored_later(Subject& subject) {
  StorageProvider& store = subject.store();
  const std::string old_bytes = sample_bytes(MiB, 1);
  co_await store.co_store("key", old_bytes);
  const ObjectPtr object = co_await store.co_object("key", ReadOptions());
  co_await object->co_read_at(ByteRange::of(0, 10));
  co_await store.co_store("key", sample_bytes(MiB, 2));
  try {
    const Chunk chunk = co_await object->co_read_at(ByteRange::of(500'000, 10));
    EXPECT_TRUE(chunk.text() == old_bytes.substr(500'000, 10));
  } catch (const Error& error) {
    // A store that does not keep what was replaced says so.
    EXPECT_EQ(error.kind(), ErrorKind::precondition_failed) << error.what();
  }
}

Task<> random_access_needs_little_of_a_short_budget(Subject& subject) {
  StorageProvider& store = subject.store();
  const std::string bytes = sample_bytes(5 * MiB + 3);
  co_await store.co_store("key", bytes);
  const ObjectPtr object = co_await store.co_object("key", ReadOptions());
  const std::string all = co_await co_range(*object, 0, bytes.size());
  EXPECT_TRUE(all == bytes);
  std::vector<ByteRange> ranges;
  for (std::uint64_t at = 0; at < 40; ++at) ranges.push_back(ByteRange::of(at * 20'000 + 1, 1000));
  const std::vector<Chunk> chunks = co_await object->co_read_ranges(ranges);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    EXPECT_TRUE(chunks[i].text() == bytes.substr(i * 20'000 + 1, 1000)) << ranges[i].text();
  }
}

}  // namespace

std::span<const Promise> object_promises() {
  static constexpr Promise promises[] = {
      COFFER_PROMISE(an_open_object_is_read_at_any_place_in_any_order),
      COFFER_PROMISE(a_large_range_is_answered_in_parts),
      COFFER_PROMISE(ranges_come_back_in_the_order_asked_for),
      COFFER_PROMISE(a_range_past_the_end_of_an_open_object_fails_the_call),
      COFFER_PROMISE(an_object_is_opened_for_random_access_without_a_range),
      COFFER_PROMISE(the_whole_of_an_empty_object_is_no_bytes),
      COFFER_PROMISE(an_open_object_never_shows_what_was_stored_later),
      {"random_access_needs_little_of_a_short_budget", &perform<random_access_needs_little_of_a_short_budget>, MiB},
  };
  return promises;
}

}  // namespace coffer::conformance
