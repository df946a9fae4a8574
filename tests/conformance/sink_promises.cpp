#include <gtest/gtest.h>

#include "promise.hpp"
#include "tools.hpp"

namespace coffer::conformance {
namespace {

Task<> nothing_is_visible_before_the_commit(Subject& subject) {
  StorageProvider& store = subject.store();
  const SinkPtr sink = co_await store.co_create("a/key", WriteOptions());
  bool absent = co_await co_absent(store, "a/key");
  EXPECT_TRUE(absent) << "right after co_create";
  co_await co_write_pieces(*sink, sample_bytes(2 * MiB + 5), 64 * KiB);
  absent = co_await co_absent(store, "a/key");
  EXPECT_TRUE(absent) << "after writing";
  co_await sink->co_commit();
  absent = co_await co_absent(store, "a/key");
  EXPECT_FALSE(absent);
  const std::vector<ListEntry> listed = co_await co_pages(store, "");
  EXPECT_EQ(keys_of(listed), std::vector<std::string>{"a/key"}) << "while it was written, something else appeared";
}

Task<> a_dropped_sink_stores_nothing(Subject& subject) {
  StorageProvider& store = subject.store();
  {
    const SinkPtr never_written = co_await store.co_create("a/key", WriteOptions());
  }
  bool absent = co_await co_absent(store, "a/key");
  EXPECT_TRUE(absent) << "dropped before the first write";
  for (const std::size_t size : {std::size_t{1}, 4 * KiB, 3 * MiB + 1}) {
    SinkPtr sink = co_await store.co_create("a/key", WriteOptions().size(size));
    co_await co_write_pieces(*sink, sample_bytes(size), 256 * KiB);
    sink.reset();
    absent = co_await co_absent(store, "a/key");
    EXPECT_TRUE(absent) << "dropped after " << size << " bytes";
  }
  const std::vector<ListEntry> listed = co_await co_pages(store, "");
  EXPECT_TRUE(listed.empty());
}

Task<> a_dropped_sink_leaves_the_object_that_was_there(Subject& subject) {
  StorageProvider& store = subject.store();
  const std::string bytes = sample_bytes(MiB + 1, 1);
  const Stored stored = co_await store.co_store("key", bytes);
  SinkPtr sink = co_await store.co_create("key", WriteOptions());
  co_await co_write_pieces(*sink, sample_bytes(2 * MiB, 2), MiB);
  std::string loaded = co_await store.co_load("key");
  EXPECT_TRUE(loaded == bytes) << "while another one is written";
  sink.reset();
  loaded = co_await store.co_load("key");
  EXPECT_TRUE(loaded == bytes) << "after another one was given up";
  const std::optional<ObjectInfo> head = co_await store.co_head("key");
  EXPECT_TRUE(head && head->etag == stored.etag);
}

Task<> a_sink_is_dead_after_a_failed_call(Subject& subject) {
  StorageProvider& store = subject.store();
  const SinkPtr sink = co_await store.co_create("key", WriteOptions().size(10));
  Chunk chunk = unaligned_chunk("abc");
  co_await sink->co_write(std::move(chunk));
  std::string failure = co_await co_failure(sink->co_commit());
  EXPECT_EQ(failure, "invalid_argument");
  Chunk rest = unaligned_chunk("defghij");
  failure = co_await co_failure(sink->co_write(std::move(rest)));
  EXPECT_NE(failure, "");
  failure = co_await co_failure(sink->co_commit());
  EXPECT_NE(failure, "");
  const bool absent = co_await co_absent(store, "key");
  EXPECT_TRUE(absent);
}

Task<> of_two_writers_the_last_to_commit_wins_whole(Subject& subject) {
  StorageProvider& store = subject.store();
  const SinkPtr first = co_await store.co_create("key", WriteOptions().content_type("text/first"));
  const SinkPtr second = co_await store.co_create("key", WriteOptions().content_type("text/second"));
  co_await co_write_pieces(*first, sample_bytes(MiB, 1), 64 * KiB);
  co_await co_write_pieces(*second, sample_bytes(2 * MiB, 2), 64 * KiB);
  co_await co_write_pieces(*first, sample_bytes(3 * MiB, 3), 64 * KiB);
  co_await second->co_commit();
  std::string loaded = co_await store.co_load("key");
  EXPECT_TRUE(loaded == sample_bytes(2 * MiB, 2));
  const Stored last = co_await first->co_commit();
  loaded = co_await store.co_load("key");
  EXPECT_TRUE(loaded == sample_bytes(MiB, 1) + sample_bytes(3 * MiB, 3));
  const std::optional<ObjectInfo> head = co_await store.co_head("key");
  EXPECT_TRUE(head && head->etag == last.etag && head->content_type == last.content_type);
}

Task<> a_sink_outlives_its_key_being_removed(Subject& subject) {
  StorageProvider& store = subject.store();
  co_await store.co_store("a/b/key", "before");
  const SinkPtr sink = co_await store.co_create("a/b/key", WriteOptions());
  Chunk chunk = unaligned_chunk("after");
  co_await sink->co_write(std::move(chunk));
  co_await store.co_remove("a/b/key", RemoveOptions());
  co_await store.co_remove("a/", RemoveOptions().recursive());
  co_await sink->co_commit();
  const std::string loaded = co_await store.co_load("a/b/key");
  EXPECT_EQ(loaded, "after");
}

}  // namespace

std::span<const Promise> sink_promises() {
  static constexpr Promise promises[] = {
      COFFER_PROMISE(nothing_is_visible_before_the_commit),
      COFFER_PROMISE(a_dropped_sink_stores_nothing),
      COFFER_PROMISE(a_dropped_sink_leaves_the_object_that_was_there),
      COFFER_PROMISE(a_sink_is_dead_after_a_failed_call),
      COFFER_PROMISE(of_two_writers_the_last_to_commit_wins_whole),
      COFFER_PROMISE(a_sink_outlives_its_key_being_removed),
  };
  return promises;
}

}  // namespace coffer::conformance
