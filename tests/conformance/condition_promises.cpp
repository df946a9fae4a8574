#include <atomic>

#include <gtest/gtest.h>

#include "promise.hpp"
#include "tools.hpp"

namespace coffer::conformance {
namespace {

/// Of a store that knows no conditions: it says so, rather than store without them.
Task<bool> co_knows_conditions(StorageProvider& store) {
  if (store.capabilities().conditional) co_return true;
  std::string failure = co_await co_failure(store.co_store("probe", "bytes", WriteOptions().if_absent()));
  EXPECT_EQ(failure, "unsupported");
  failure = co_await co_failure(store.co_store("probe", "bytes", WriteOptions().if_etag("etag")));
  EXPECT_EQ(failure, "unsupported");
  const bool absent = co_await co_absent(store, "probe");
  EXPECT_TRUE(absent);
  co_await store.co_store("probe", "bytes");
  failure = co_await co_failure(store.co_remove("probe", RemoveOptions().if_etag("etag")));
  EXPECT_EQ(failure, "unsupported");
  failure = co_await co_failure(store.co_open("probe", ReadOptions().if_etag("etag")));
  EXPECT_EQ(failure, "unsupported");
  const std::string loaded = co_await store.co_load("probe");
  EXPECT_EQ(loaded, "bytes");
  co_return false;
}

Task<> if_absent_never_replaces(Subject& subject) {
  StorageProvider& store = subject.store();
  const bool knows = co_await co_knows_conditions(store);
  if (!knows) co_return;
  const Stored first = co_await store.co_store("key", "first", WriteOptions().if_absent());
  const std::string failure = co_await co_failure(store.co_store("key", "second", WriteOptions().if_absent()));
  EXPECT_EQ(failure, "already_exists");
  const std::string loaded = co_await store.co_load("key");
  EXPECT_EQ(loaded, "first");
  const std::optional<ObjectInfo> head = co_await store.co_head("key");
  EXPECT_TRUE(head && head->etag == first.etag);
  co_await store.co_remove("key", RemoveOptions());
  const Stored again = co_await store.co_store("key", "third", WriteOptions().if_absent());
  EXPECT_NE(again.etag, first.etag);
}

Task<> if_absent_counts_at_the_commit(Subject& subject) {
  StorageProvider& store = subject.store();
  const bool knows = co_await co_knows_conditions(store);
  if (!knows) co_return;
  const SinkPtr late = co_await store.co_create("key", WriteOptions().if_absent());
  co_await co_write_pieces(*late, sample_bytes(MiB), 64 * KiB);
  co_await store.co_store("key", "in between");
  std::string failure = co_await co_failure(late->co_commit());
  EXPECT_EQ(failure, "already_exists");
  const std::string loaded = co_await store.co_load("key");
  EXPECT_EQ(loaded, "in between");
  const std::vector<ListEntry> listed = co_await co_pages(store, "");
  EXPECT_EQ(listed.size(), 1U);
}

Task<> if_etag_replaces_only_that_object(Subject& subject) {
  StorageProvider& store = subject.store();
  const bool knows = co_await co_knows_conditions(store);
  if (!knows) co_return;
  std::string failure = co_await co_failure(store.co_store("key", "none", WriteOptions().if_etag("etag")));
  EXPECT_EQ(failure, "precondition_failed") << "nothing is there";
  const bool absent = co_await co_absent(store, "key");
  EXPECT_TRUE(absent);

  const Stored first = co_await store.co_store("key", "first");
  const Stored second = co_await store.co_store("key", "second", WriteOptions().if_etag(first.etag));
  EXPECT_NE(second.etag, first.etag);
  failure = co_await co_failure(store.co_store("key", "third", WriteOptions().if_etag(first.etag)));
  EXPECT_EQ(failure, "precondition_failed");
  const std::string loaded = co_await store.co_load("key");
  EXPECT_EQ(loaded, "second");
}

Task<> if_etag_reads_only_that_object(Subject& subject) {
  StorageProvider& store = subject.store();
  const bool knows = co_await co_knows_conditions(store);
  if (!knows) co_return;
  const Stored first = co_await store.co_store("key", "first");
  const std::string loaded = co_await store.co_load("key", ReadOptions().if_etag(first.etag));
  EXPECT_EQ(loaded, "first");
  co_await store.co_store("key", "second");
  std::string failure = co_await co_failure(store.co_open("key", ReadOptions().if_etag(first.etag)));
  EXPECT_EQ(failure, "precondition_failed");
  failure = co_await co_failure(store.co_object("key", ReadOptions().if_etag(first.etag)));
  EXPECT_EQ(failure, "precondition_failed");
}

Task<> if_etag_removes_only_that_object(Subject& subject) {
  StorageProvider& store = subject.store();
  const bool knows = co_await co_knows_conditions(store);
  if (!knows) co_return;
  std::string failure = co_await co_failure(store.co_remove("key", RemoveOptions().if_etag("etag")));
  EXPECT_EQ(failure, "precondition_failed") << "nothing is there";
  const Stored first = co_await store.co_store("key", "first");
  const Stored second = co_await store.co_store("key", "second");
  failure = co_await co_failure(store.co_remove("key", RemoveOptions().if_etag(first.etag)));
  EXPECT_EQ(failure, "precondition_failed");
  const std::string loaded = co_await store.co_load("key");
  EXPECT_EQ(loaded, "second");
  co_await store.co_remove("key", RemoveOptions().if_etag(second.etag));
  const bool absent = co_await co_absent(store, "key");
  EXPECT_TRUE(absent);
}

Task<> co_store_if(StorageProvider& store, std::string bytes, WriteOptions options, std::atomic<int>& won,
                   std::atomic<int>& refused) {
  const std::string failure = co_await co_failure(store.co_store("key", std::move(bytes), std::move(options)));
  if (failure.empty()) {
    ++won;
  } else if (failure == "already_exists" || failure == "precondition_failed") {
    ++refused;
  } else {
    ADD_FAILURE() << failure;
  }
}

Task<> co_expect_one_of(StorageProvider& store, std::uint32_t seeds) {
  const std::string loaded = co_await store.co_load("key");
  bool found = false;
  for (std::uint32_t seed = 0; seed < seeds; ++seed) found = found || loaded == sample_bytes(100'000, seed);
  EXPECT_TRUE(found) << "the object is none of those that were stored";
}

void race(Subject& subject, const std::optional<std::string>& etag) {
  std::atomic<int> won = 0;
  std::atomic<int> refused = 0;
  std::vector<Task<>> tasks;
  for (std::uint32_t seed = 0; seed < 8; ++seed) {
    WriteOptions options;
    if (etag) {
      options = WriteOptions().if_etag(*etag);
    } else {
      options = WriteOptions().if_absent();
    }
    tasks.push_back(co_store_if(subject.store(), sample_bytes(100'000, seed), std::move(options), won, refused));
  }
  subject.run_all(std::move(tasks));
  EXPECT_EQ(won, 1);
  EXPECT_EQ(refused, 7);
  subject.run(co_expect_one_of(subject.store(), 8));
}

void of_eight_that_store_if_absent_exactly_one_does(Subject& subject) {
  if (!subject.store().capabilities().conditional)
    return subject.run(co_only_run(co_knows_conditions(subject.store())));
  race(subject, std::nullopt);
}

Task<> co_etag(StorageProvider& store, std::string& etag) {
  const Stored stored = co_await store.co_store("key", "before");
  etag = stored.etag;
}

void of_eight_that_replace_one_etag_exactly_one_does(Subject& subject) {
  if (!subject.store().capabilities().conditional)
    return subject.run(co_only_run(co_knows_conditions(subject.store())));
  std::string etag;
  subject.run(co_etag(subject.store(), etag));
  race(subject, etag);
}

}  // namespace

std::span<const Promise> condition_promises() {
  static constexpr Promise promises[] = {
      COFFER_PROMISE(if_absent_never_replaces),
      COFFER_PROMISE(if_absent_counts_at_the_commit),
      COFFER_PROMISE(if_etag_replaces_only_that_object),
      COFFER_PROMISE(if_etag_reads_only_that_object),
      COFFER_PROMISE(if_etag_removes_only_that_object),
      COFFER_PROMISE(of_eight_that_store_if_absent_exactly_one_does),
      COFFER_PROMISE(of_eight_that_replace_one_etag_exactly_one_does),
  };
  return promises;
}

}  // namespace coffer::conformance
