#include <array>

#include <gtest/gtest.h>

#include "promise.hpp"
#include "tools.hpp"

namespace coffer::conformance {
namespace {

Task<> removing_what_is_not_there_succeeds(Subject& subject) {
  StorageProvider& store = subject.store();
  co_await store.co_remove("never/there", RemoveOptions());
  co_await store.co_store("key", "bytes");
  co_await store.co_remove("key", RemoveOptions());
  co_await store.co_remove("key", RemoveOptions());
  const bool absent = co_await co_absent(store, "key");
  EXPECT_TRUE(absent);
  co_await store.co_remove("never/there/", RemoveOptions().recursive());
}

Task<> removing_one_name_leaves_those_that_begin_with_it(Subject& subject) {
  StorageProvider& store = subject.store();
  co_await store.co_store("a/b", "bytes");
  co_await store.co_store("ab", "bytes");
  co_await store.co_remove("a", RemoveOptions());
  const std::vector<ListEntry> listed = co_await co_pages(store, "");
  const std::vector<std::string> expected = {"a/b", "ab"};
  EXPECT_EQ(keys_of(listed), expected);
}

Task<> removing_a_prefix_removes_all_below_it_and_nothing_else(Subject& subject) {
  StorageProvider& store = subject.store();
  for (int i = 0; i < 300; ++i) co_await store.co_store("a/" + std::to_string(i), "bytes");
  const std::array others = {"a-", "a0", "ab", "b/a/1", "aa/1"};
  for (const char* key : {"a/b/c", "a/b/d/e"}) co_await store.co_store(key, "bytes");
  for (const char* key : others) co_await store.co_store(key, "bytes");
  co_await store.co_remove("a/", RemoveOptions().recursive());
  std::vector<ListEntry> listed = co_await co_pages(store, "");
  const std::vector<std::string> expected = {"a-", "a0", "aa/1", "ab", "b/a/1"};
  EXPECT_EQ(keys_of(listed), expected);
  co_await store.co_remove("", RemoveOptions().recursive());
  listed = co_await co_pages(store, "");
  EXPECT_TRUE(listed.empty());
  const Stored stored = co_await store.co_store("a/again", "bytes");
  EXPECT_EQ(stored.size, 5U);
}

Task<> a_prefix_to_remove_must_end_in_a_slash(Subject& subject) {
  StorageProvider& store = subject.store();
  co_await store.co_store("a/b", "bytes");
  co_await store.co_store("ab", "bytes");
  const std::string failure = co_await co_failure(store.co_remove("a", RemoveOptions().recursive()));
  EXPECT_EQ(failure, "invalid_argument");
  const std::vector<ListEntry> listed = co_await co_pages(store, "");
  EXPECT_EQ(listed.size(), 2U);
}

Task<> a_copy_is_an_object_of_its_own(Subject& subject) {
  StorageProvider& store = subject.store();
  const std::string bytes = sample_bytes(3 * MiB + 5);
  const Stored original = co_await store.co_store("from", bytes);
  const Stored copy = co_await store.co_copy("from", "to/there", WriteOptions());
  EXPECT_EQ(copy.uri, store.uri_of("to/there"));
  EXPECT_EQ(copy.size, bytes.size());
  EXPECT_EQ(copy.crc32c, original.crc32c);
  co_await store.co_store("from", "another one");
  std::string loaded = co_await store.co_load("to/there");
  EXPECT_TRUE(loaded == bytes);
  co_await store.co_remove("from", RemoveOptions());
  loaded = co_await store.co_load("to/there");
  EXPECT_TRUE(loaded == bytes);
}

Task<> a_copy_takes_type_and_metadata_along(Subject& subject) {
  StorageProvider& store = subject.store();
  if (!store.capabilities().metadata) {
    co_await store.co_store("from", "bytes");
    const Stored copy = co_await store.co_copy("from", "to", WriteOptions());
    EXPECT_EQ(copy.size, 5U);
    co_return;
  }
  co_await store.co_store("from.txt", "bytes", WriteOptions().content_type("video/x-odd").metadata("key", "value"));
  co_await store.co_copy("from.txt", "same.mp3", WriteOptions());
  co_await store.co_copy("from.txt", "own.mp3", WriteOptions().content_type("text/x-own").metadata("own", "1"));
  const std::optional<ObjectInfo> same = co_await store.co_head("same.mp3");
  const std::optional<ObjectInfo> own = co_await store.co_head("own.mp3");
  EXPECT_TRUE(same && own);
  if (!same || !own) co_return;
  const Metadata original_metadata = {{"key", "value"}};
  const Metadata own_metadata = {{"own", "1"}};
  EXPECT_EQ(same->content_type, "video/x-odd");
  EXPECT_EQ(same->metadata, original_metadata);
  EXPECT_EQ(own->content_type, "text/x-own");
  EXPECT_EQ(own->metadata, own_metadata);
}

Task<> a_copy_replaces_what_is_there_unless_told_otherwise(Subject& subject) {
  StorageProvider& store = subject.store();
  co_await store.co_store("from", "new");
  co_await store.co_store("to", "old");
  if (store.capabilities().conditional) {
    const std::string failure = co_await co_failure(store.co_copy("from", "to", WriteOptions().if_absent()));
    EXPECT_EQ(failure, "already_exists");
    const std::string loaded = co_await store.co_load("to");
    EXPECT_EQ(loaded, "old");
  }
  co_await store.co_copy("from", "to", WriteOptions());
  std::string loaded = co_await store.co_load("to");
  EXPECT_EQ(loaded, "new");
  co_await store.co_copy("to", "to", WriteOptions());
  loaded = co_await store.co_load("to");
  EXPECT_EQ(loaded, "new") << "copied onto itself";
}

Task<> what_is_not_there_cannot_be_copied(Subject& subject) {
  StorageProvider& store = subject.store();
  co_await store.co_store("to", "old");
  const std::string failure = co_await co_failure(store.co_copy("absent", "to", WriteOptions()));
  EXPECT_EQ(failure, "not_found");
  const std::string loaded = co_await store.co_load("to");
  EXPECT_EQ(loaded, "old");
}

}  // namespace

std::span<const Promise> remove_promises() {
  static constexpr Promise promises[] = {
      COFFER_PROMISE(removing_what_is_not_there_succeeds),
      COFFER_PROMISE(removing_one_name_leaves_those_that_begin_with_it),
      COFFER_PROMISE(removing_a_prefix_removes_all_below_it_and_nothing_else),
      COFFER_PROMISE(a_prefix_to_remove_must_end_in_a_slash),
      COFFER_PROMISE(a_copy_is_an_object_of_its_own),
      COFFER_PROMISE(a_copy_takes_type_and_metadata_along),
      COFFER_PROMISE(a_copy_replaces_what_is_there_unless_told_otherwise),
      COFFER_PROMISE(what_is_not_there_cannot_be_copied),
  };
  return promises;
}

}  // namespace coffer::conformance
