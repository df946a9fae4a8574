#include <array>

#include <coffer/base/checksum.hpp>
#include <coffer/stream/memory_source.hpp>
#include <gtest/gtest.h>

#include "promise.hpp"
#include "tools.hpp"

namespace coffer::conformance {
namespace {

Task<> an_object_of_any_size_is_read_back_as_it_was_stored(Subject& subject) {
  for (const std::size_t size : telling_sizes()) {
    const std::string key = "object-" + std::to_string(size);
    const std::string bytes = sample_bytes(size);
    const Stored stored = co_await subject.store().co_store(key, bytes);
    EXPECT_EQ(stored.size, size);
    const std::string loaded = co_await subject.store().co_load(key);
    EXPECT_TRUE(loaded == bytes) << "of " << size << " bytes";
    const std::string streamed = co_await co_bytes(subject.store(), key);
    EXPECT_TRUE(streamed == bytes) << "of " << size << " bytes";
  }
}

Task<> pieces_of_any_size_and_alignment_make_one_object(Subject& subject) {
  struct Case {
    std::size_t size;
    std::size_t piece;
  };
  constexpr std::array cases = {Case{5000, 1},
                                Case{10 * 511, 511},
                                Case{16 * 4096, 4096},
                                Case{16 * 4096, 4097},
                                Case{MiB + 1, 64 * KiB - 1},
                                Case{3 * MiB, 256 * KiB},
                                Case{3 * MiB + 3, MiB + 1},
                                Case{5 * MiB + 3, 5 * MiB + 3}};
  for (const Case& c : cases) {
    const std::string key = std::to_string(c.size) + "-in-" + std::to_string(c.piece);
    const std::string bytes = sample_bytes(c.size, 1);
    const SinkPtr sink = co_await subject.store().co_create(key, WriteOptions());
    co_await co_write_pieces(*sink, bytes, c.piece);
    const Stored stored = co_await sink->co_commit();
    EXPECT_EQ(stored.size, c.size);
    const std::string loaded = co_await subject.store().co_load(key);
    EXPECT_TRUE(loaded == bytes) << c.size << " bytes in pieces of " << c.piece;
  }
}

Task<> a_source_is_stored_whole(Subject& subject) {
  const std::string bytes = sample_bytes(3 * MiB + 7);
  SourcePtr source = make_memory_source(bytes, "text/plain");
  const Stored stored = co_await subject.store().co_store("from-a-source", std::move(source));
  EXPECT_EQ(stored.size, bytes.size());
  const std::string loaded = co_await subject.store().co_load("from-a-source");
  EXPECT_TRUE(loaded == bytes);
}

Task<> buffers_of_the_sink_can_be_filled_in_part(Subject& subject) {
  const std::string bytes = sample_bytes(300 * KiB);
  const SinkPtr sink = co_await subject.store().co_create("by-hand", WriteOptions());
  std::size_t done = 0;
  while (done < bytes.size()) {
    Buffer buffer = co_await sink->co_buffer(64 * KiB);
    EXPECT_GT(buffer.size(), 0U);
    const std::size_t part = std::min({buffer.size(), bytes.size() - done, done % 5 * 1000 + 17});
    bytes.copy(reinterpret_cast<char*>(buffer.data()), part, done);
    Chunk chunk = std::move(buffer).share(part);
    co_await sink->co_write(std::move(chunk));
    done += part;
  }
  co_await sink->co_commit();
  const std::string loaded = co_await subject.store().co_load("by-hand");
  EXPECT_TRUE(loaded == bytes);
}

Task<> an_empty_chunk_changes_nothing(Subject& subject) {
  const SinkPtr sink = co_await subject.store().co_create("key", WriteOptions());
  co_await sink->co_write(Chunk());
  Chunk chunk = unaligned_chunk("abc");
  co_await sink->co_write(std::move(chunk));
  co_await sink->co_write(Chunk());
  const Stored stored = co_await sink->co_commit();
  EXPECT_EQ(stored.size, 3U);
  const std::string loaded = co_await subject.store().co_load("key");
  EXPECT_EQ(loaded, "abc");
}

Task<> a_commit_tells_what_head_and_open_tell(Subject& subject) {
  StorageProvider& store = subject.store();
  const Capabilities can = store.capabilities();
  const std::string bytes = sample_bytes(100'000);
  const std::uint32_t crc = crc32c(std::as_bytes(std::span(bytes)));
  const Stored stored = co_await store.co_store("a/b.txt", bytes, WriteOptions().content_type("text/x-odd"));
  EXPECT_EQ(stored.uri, store.uri_of("a/b.txt"));
  EXPECT_EQ(stored.size, bytes.size());
  EXPECT_EQ(stored.crc32c, crc);

  const std::optional<ObjectInfo> head = co_await store.co_head("a/b.txt");
  const SourcePtr source = co_await store.co_open("a/b.txt", ReadOptions());
  const ObjectPtr object = co_await store.co_object("a/b.txt", ReadOptions());
  EXPECT_TRUE(head.has_value());
  if (!head) co_return;
  for (const ObjectInfo* info : {&*head, &source->info(), &object->info()}) {
    EXPECT_EQ(info->uri, stored.uri);
    EXPECT_EQ(info->size, bytes.size());
    EXPECT_EQ(info->etag, stored.etag);
    EXPECT_EQ(info->content_type, stored.content_type);
    if (can.checksums) {
      EXPECT_EQ(info->crc32c, crc);
      EXPECT_EQ(info->integrity, Integrity::verified_on_read);
    }
  }
}

Task<> content_type_and_metadata_are_kept(Subject& subject) {
  StorageProvider& store = subject.store();
  const std::string value(1000, 'v');
  WriteOptions options =
      WriteOptions().content_type("video/x-odd; a=b").metadata("key", "a value, é").metadata("k2", value);
  const Stored stored = co_await store.co_store("clip", "bytes", std::move(options));
  const std::optional<ObjectInfo> head = co_await store.co_head("clip");
  EXPECT_TRUE(head.has_value());
  if (!head || !store.capabilities().metadata) co_return;
  EXPECT_EQ(stored.content_type, "video/x-odd; a=b");
  EXPECT_EQ(head->content_type, "video/x-odd; a=b");
  const Metadata expected = {{"key", "a value, é"}, {"k2", value}};
  EXPECT_EQ(head->metadata, expected);
}

Task<> without_a_content_type_the_name_tells_it(Subject& subject) {
  StorageProvider& store = subject.store();
  const Stored video = co_await store.co_store("a.b/clip.mp4", "bytes");
  const Stored other = co_await store.co_store("a.mp4/clip", "bytes");
  if (!store.capabilities().metadata) co_return;
  EXPECT_EQ(video.content_type, "video/mp4");
  EXPECT_EQ(other.content_type, "application/octet-stream");
}

Task<> too_much_metadata_is_refused(Subject& subject) {
  StorageProvider& store = subject.store();
  if (!store.capabilities().metadata) {
    const Stored stored = co_await store.co_store("key", "bytes");
    EXPECT_EQ(stored.size, 5U);
    co_return;
  }
  const std::string most(2048 - 3, 'v');
  co_await store.co_store("fits", "bytes", WriteOptions().metadata("key", most));
  const std::optional<ObjectInfo> head = co_await store.co_head("fits");
  EXPECT_TRUE(head && head->metadata.at("key") == most);

  const std::string more(2048 - 2, 'v');
  const std::string failure = co_await co_failure(store.co_store("key", "bytes", WriteOptions().metadata("key", more)));
  EXPECT_EQ(failure, "too_large");
  const bool absent = co_await co_absent(store, "key");
  EXPECT_TRUE(absent);
}

Task<> what_is_not_there_has_no_head_and_cannot_be_opened(Subject& subject) {
  StorageProvider& store = subject.store();
  co_await store.co_store("there/too", "bytes");
  for (const char* key : {"absent", "there/absent", "there/to", "ther", "there/too.much"}) {
    const std::optional<ObjectInfo> head = co_await store.co_head(key);
    EXPECT_FALSE(head.has_value()) << key;
    const std::string opened = co_await co_failure(store.co_open(key, ReadOptions()));
    EXPECT_EQ(opened, "not_found") << key;
    const std::string object = co_await co_failure(store.co_object(key, ReadOptions()));
    EXPECT_EQ(object, "not_found") << key;
  }
}

Task<> storing_again_replaces_the_object(Subject& subject) {
  StorageProvider& store = subject.store();
  const Stored first = co_await store.co_store("key", sample_bytes(MiB, 1), WriteOptions().content_type("text/plain"));
  const Stored second = co_await store.co_store("key", sample_bytes(1000, 2), WriteOptions().content_type("image/png"));
  if (store.capabilities().conditional) {
    EXPECT_FALSE(first.etag.empty());
    EXPECT_NE(first.etag, second.etag);
  }
  const std::string loaded = co_await store.co_load("key");
  EXPECT_TRUE(loaded == sample_bytes(1000, 2));
  const std::optional<ObjectInfo> head = co_await store.co_head("key");
  EXPECT_TRUE(head && head->size == 1000U && head->etag == second.etag && head->content_type == second.content_type);
  const std::vector<ListEntry> listed = co_await co_pages(store, "");
  EXPECT_EQ(listed.size(), 1U);
}

Task<> a_promised_size_that_is_not_kept_stores_nothing(Subject& subject) {
  StorageProvider& store = subject.store();
  for (const std::size_t promised : {std::size_t{0}, std::size_t{999}, std::size_t{1001}, 5 * MiB}) {
    const std::string failure =
        co_await co_failure(store.co_store("key", sample_bytes(1000), WriteOptions().size(promised)));
    EXPECT_EQ(failure, "invalid_argument") << promised << " were promised";
    const bool absent = co_await co_absent(store, "key");
    EXPECT_TRUE(absent) << promised << " were promised";
  }
  const Stored stored = co_await store.co_store("key", sample_bytes(1000), WriteOptions().size(1000));
  EXPECT_EQ(stored.size, 1000U);
}

Task<> a_small_budget_is_enough_for_any_object(Subject& subject) {
  const std::string bytes = sample_bytes(5 * MiB + 3);
  co_await subject.store().co_store("large", bytes);
  const std::string streamed = co_await co_bytes(subject.store(), "large");
  EXPECT_TRUE(streamed == bytes);
  const PoolUse use = subject.runtime().pool().use();
  // One sink, one source.
  EXPECT_LE(use.peak, use.budget + 2 * smallest_buffer);
}

}  // namespace

std::span<const Promise> store_promises() {
  static constexpr Promise promises[] = {
      COFFER_PROMISE(an_object_of_any_size_is_read_back_as_it_was_stored),
      COFFER_PROMISE(pieces_of_any_size_and_alignment_make_one_object),
      COFFER_PROMISE(a_source_is_stored_whole),
      COFFER_PROMISE(buffers_of_the_sink_can_be_filled_in_part),
      COFFER_PROMISE(an_empty_chunk_changes_nothing),
      COFFER_PROMISE(a_commit_tells_what_head_and_open_tell),
      COFFER_PROMISE(content_type_and_metadata_are_kept),
      COFFER_PROMISE(without_a_content_type_the_name_tells_it),
      COFFER_PROMISE(too_much_metadata_is_refused),
      COFFER_PROMISE(what_is_not_there_has_no_head_and_cannot_be_opened),
      COFFER_PROMISE(storing_again_replaces_the_object),
      COFFER_PROMISE(a_promised_size_that_is_not_kept_stores_nothing),
      {"a_small_budget_is_enough_for_any_object", &perform<a_small_budget_is_enough_for_any_object>, 256 * KiB},
  };
  return promises;
}

}  // namespace coffer::conformance
