#include <array>

#include <gtest/gtest.h>

#include "promise.hpp"
#include "tools.hpp"

namespace coffer::conformance {
namespace {

std::vector<ByteRange> telling_ranges(std::uint64_t size) {
  std::vector<ByteRange> ranges = {ByteRange::whole(),        ByteRange::from(0),  ByteRange::last(1),
                                   ByteRange::last(size + 1), ByteRange::of(0, 1), ByteRange::of(0, 0),
                                   ByteRange::last(0)};
  for (const std::uint64_t at : {std::uint64_t{1}, std::uint64_t{511}, std::uint64_t{4096}, size / 2, size - 1, size,
                                 size + 1, size + 5 * MiB}) {
    ranges.push_back(ByteRange::from(at));
    ranges.push_back(ByteRange::last(at));
    for (const std::uint64_t length : {std::uint64_t{1}, std::uint64_t{513}, std::uint64_t{4096}, MiB + 1, size}) {
      ranges.push_back(ByteRange::of(at, length));
    }
  }
  ranges.push_back(ByteRange::of(0, ~std::uint64_t{0}));
  ranges.push_back(ByteRange::last(~std::uint64_t{0}));
  return ranges;
}

Task<> a_range_is_cut_at_the_end_of_the_object(Subject& subject) {
  StorageProvider& store = subject.store();
  for (const std::size_t size : {std::size_t{1}, std::size_t{4097}, 3 * MiB + 3}) {
    const std::string key = "object-" + std::to_string(size);
    const std::string bytes = sample_bytes(size);
    co_await store.co_store(key, bytes);
    for (const ByteRange& range : telling_ranges(size)) {
      const Result<Extent> extent = range.within(size);
      if (!extent) continue;
      const SourcePtr source = co_await store.co_open(key, ReadOptions().range(range));
      EXPECT_EQ(source->info().size, size) << "info() is of the whole object; " << range.text();
      const std::string read = co_await co_rest(*source);
      EXPECT_TRUE(read == bytes.substr(extent->offset, extent->length)) << range.text() << " of " << size << " bytes";
    }
  }
}

Task<> a_range_that_starts_past_the_end_is_refused(Subject& subject) {
  StorageProvider& store = subject.store();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4097}, MiB}) {
    const std::string key = "object-" + std::to_string(size);
    co_await store.co_store(key, sample_bytes(size));
    std::size_t refused = 0;
    for (const ByteRange& range : telling_ranges(size)) {
      if (range.within(size)) continue;
      const std::string failure = co_await co_failure(store.co_open(key, ReadOptions().range(range)));
      EXPECT_EQ(failure, "range_not_satisfiable") << range.text() << " of " << size << " bytes";
      ++refused;
    }
    EXPECT_GT(refused, 3U);
  }
}

Task<> of_an_empty_object_only_the_whole_can_be_read(Subject& subject) {
  StorageProvider& store = subject.store();
  co_await store.co_store("empty", "");
  const std::string whole = co_await co_bytes(store, "empty");
  EXPECT_EQ(whole, "");
  const std::array ranges = {ByteRange::from(0), ByteRange::of(0, 1), ByteRange::last(1)};
  for (const ByteRange& range : ranges) {
    const std::string failure = co_await co_failure(store.co_open("empty", ReadOptions().range(range)));
    EXPECT_EQ(failure, "range_not_satisfiable") << range.text();
  }
}

Task<> a_read_gives_no_more_than_was_asked_for(Subject& subject) {
  StorageProvider& store = subject.store();
  const std::string bytes = sample_bytes(200'001);
  co_await store.co_store("key", bytes);
  for (const std::size_t at_most : {std::size_t{1000}, std::size_t{4096}, std::size_t{65537}, 8 * MiB}) {
    const SourcePtr source = co_await store.co_open("key", ReadOptions());
    const std::string read = co_await co_rest(*source, at_most);
    EXPECT_TRUE(read == bytes) << "at most " << at_most;
  }
  // Another limit each time; and single bytes.
  const SourcePtr source = co_await store.co_open("key", ReadOptions().range(ByteRange::from(100'000)));
  std::string read;
  for (std::size_t at_most = 1; const std::optional<Chunk> chunk = co_await source->co_read(at_most % 600); ++at_most) {
    if (at_most % 600 != 0) {
      EXPECT_LE(chunk->size(), at_most % 600);
    }
    read.append(chunk->text());
  }
  EXPECT_TRUE(read == bytes.substr(100'000));
}

Task<> the_end_stays_the_end(Subject& subject) {
  StorageProvider& store = subject.store();
  co_await store.co_store("key", sample_bytes(5000));
  const SourcePtr source = co_await store.co_open("key", ReadOptions());
  co_await co_rest(*source);
  for (int i = 0; i < 3; ++i) {
    const std::optional<Chunk> chunk = co_await source->co_read(i);
    EXPECT_FALSE(chunk.has_value());
  }
}

Task<> a_source_that_is_left_early_harms_nobody(Subject& subject) {
  StorageProvider& store = subject.store();
  const std::string bytes = sample_bytes(5 * MiB + 3);
  co_await store.co_store("key", bytes);
  for (int i = 0; i < 20; ++i) {
    const SourcePtr source = co_await store.co_open("key", ReadOptions());
    if (i % 2 == 0) co_await source->co_read();
  }
  const std::string read = co_await co_bytes(store, "key");
  EXPECT_TRUE(read == bytes);
}

Task<> a_reader_keeps_the_object_that_it_opened(Subject& subject) {
  StorageProvider& store = subject.store();
  const std::string old_bytes = sample_bytes(5 * MiB + 3, 1);
  co_await store.co_store("key", old_bytes);
  const SourcePtr begun = co_await store.co_open("key", ReadOptions());
  const SourcePtr fresh = co_await store.co_open("key", ReadOptions());
  const std::optional<Chunk> first = co_await begun->co_read(100);
  co_await store.co_store("key", sample_bytes(6 * MiB, 2));

  const std::string rest = co_await co_rest(*begun);
  EXPECT_TRUE(first && std::string(first->text()) + rest == old_bytes) << "opened and begun before";
  const std::string all = co_await co_rest(*fresh);
  EXPECT_TRUE(all == old_bytes) << "opened before";
  EXPECT_EQ(begun->info().size, old_bytes.size());
  const std::string now = co_await store.co_load("key");
  EXPECT_TRUE(now == sample_bytes(6 * MiB, 2));
}

Task<> a_chunk_outlives_its_source_and_its_object(Subject& subject) {
  StorageProvider& store = subject.store();
  const std::string bytes = sample_bytes(2 * MiB);
  co_await store.co_store("key", bytes);
  SourcePtr source = co_await store.co_open("key", ReadOptions());
  std::optional<Chunk> chunk = co_await source->co_read();
  source.reset();
  co_await store.co_store("key", sample_bytes(2 * MiB, 2));
  co_await store.co_remove("key", RemoveOptions());
  co_await store.co_store("other", sample_bytes(2 * MiB, 3));
  EXPECT_TRUE(chunk && chunk->text() == bytes.substr(0, chunk->size()));
}

Task<> a_source_that_can_be_read_again_gives_the_same_bytes(Subject& subject) {
  StorageProvider& store = subject.store();
  const std::string bytes = sample_bytes(MiB + 3);
  co_await store.co_store("key", bytes);
  const SourcePtr source = co_await store.co_open("key", ReadOptions().range(ByteRange::of(10, 100)));
  co_await source->co_read(7);
  const SourcePtr again = co_await source->co_reopen(ByteRange::from(4097));
  if (!again) co_return;  // A store may say that it cannot.
  EXPECT_EQ(again->info().etag, source->info().etag);
  co_await store.co_store("key", "another object of that name");
  const std::string read = co_await co_rest(*again);
  EXPECT_TRUE(read == bytes.substr(4097)) << "of the object as it was opened, not of the range";
  const std::string rest = co_await co_rest(*source);
  EXPECT_EQ(rest.size(), 93U) << "the first one goes on where it was";
  const std::string failure = co_await co_failure(source->co_reopen(ByteRange::from(bytes.size())));
  EXPECT_EQ(failure, "range_not_satisfiable");
}

Task<> more_than_the_limit_is_not_loaded_whole(Subject& subject) {
  StorageProvider& store = subject.store();
  const std::string bytes = sample_bytes(1000);
  co_await store.co_store("key", bytes);
  std::string failure = co_await co_failure(store.co_load("key", ReadOptions().max_bytes(999)));
  EXPECT_EQ(failure, "too_large");
  std::string loaded = co_await store.co_load("key", ReadOptions().max_bytes(1000));
  EXPECT_TRUE(loaded == bytes);
  loaded = co_await store.co_load("key", ReadOptions().max_bytes(10).range(ByteRange::of(5, 10)));
  EXPECT_TRUE(loaded == bytes.substr(5, 10));
}

Task<> many_readers_of_one_object_do_not_disturb_each_other(Subject& subject) {
  StorageProvider& store = subject.store();
  const std::string bytes = sample_bytes(2 * MiB + 3);
  co_await store.co_store("key", bytes);
  std::vector<SourcePtr> sources;
  std::vector<std::string> read(8);
  for (std::size_t i = 0; i < read.size(); ++i) {
    SourcePtr source = co_await store.co_open("key", ReadOptions());
    sources.push_back(std::move(source));
  }
  for (bool more = true; more;) {
    more = false;
    for (std::size_t i = 0; i < read.size(); ++i) {
      const std::optional<Chunk> chunk = co_await sources[i]->co_read(i * 30'000);
      if (!chunk) continue;
      read[i].append(chunk->text());
      more = true;
    }
  }
  for (const std::string& all : read) EXPECT_TRUE(all == bytes);
}

}  // namespace

std::span<const Promise> read_promises() {
  static constexpr Promise promises[] = {
      COFFER_PROMISE(a_range_is_cut_at_the_end_of_the_object),
      COFFER_PROMISE(a_range_that_starts_past_the_end_is_refused),
      COFFER_PROMISE(of_an_empty_object_only_the_whole_can_be_read),
      COFFER_PROMISE(a_read_gives_no_more_than_was_asked_for),
      COFFER_PROMISE(the_end_stays_the_end),
      COFFER_PROMISE(a_source_that_is_left_early_harms_nobody),
      COFFER_PROMISE(a_reader_keeps_the_object_that_it_opened),
      COFFER_PROMISE(a_chunk_outlives_its_source_and_its_object),
      COFFER_PROMISE(a_source_that_can_be_read_again_gives_the_same_bytes),
      COFFER_PROMISE(more_than_the_limit_is_not_loaded_whole),
      COFFER_PROMISE(many_readers_of_one_object_do_not_disturb_each_other),
  };
  return promises;
}

}  // namespace coffer::conformance
