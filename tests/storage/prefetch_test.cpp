#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <coffer/base/literals.hpp>
#include <coffer/storage/storage.hpp>
#include <gtest/gtest.h>

#include "async/started.hpp"
#include "storage/block_sums.hpp"
#include "storage/prefetch_fixture.hpp"
#include "support/sample_bytes.hpp"

namespace coffer {
namespace {

using test::sample_bytes;

Task<std::string> co_drain(SourcePtr source) {
  std::string text;
  while (const std::optional<Chunk> chunk = co_await source->co_read()) text += chunk->text();
  co_return text;
}

/// Reads from `source` until so much was read.
Task<std::string> co_read_some(ByteSource& source, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) {
    const std::optional<Chunk> chunk = co_await source.co_read(bytes - text.size());
    if (!chunk) break;
    text += chunk->text();
  }
  co_return text;
}

class Prefetch : public test::PrefetchFixture {};

TEST_P(Prefetch, what_fits_is_found_in_memory) {
  const std::string text = sample_bytes(small);
  put("a", text);
  const Prefetched done = prefetch("a");
  EXPECT_EQ(done.in_memory, small);
  EXPECT_EQ(done.on_disk, 0U);
  EXPECT_EQ(opened(), 1U);
  EXPECT_TRUE(load("a") == text);
  EXPECT_EQ(load("a", ByteRange::of(1000, 10)), text.substr(1000, 10));
  EXPECT_EQ(load("a", ByteRange::last(5)), text.substr(small - 5));
  EXPECT_EQ(opened(), 1U) << "nothing more was read of the store";
  EXPECT_FALSE(entry("a"));
}

TEST_P(Prefetch, what_does_not_fit_is_found_on_disk) {
  const std::string text = sample_bytes(large);
  put("a", text);
  EXPECT_EQ(prefetch("a").on_disk, large);
  EXPECT_EQ(opened(), 1U);
  EXPECT_TRUE(load("a") == text);
  for (const std::uint64_t at : {0_KiB, 1_KiB, 16_KiB - 1, 16_KiB, 48_KiB + 5, 3_MiB + 1}) {
    EXPECT_EQ(load("a", ByteRange::of(at, 100'000)), text.substr(at, 100'000)) << at;
    EXPECT_EQ(load("a", ByteRange::of(at, 1)), text.substr(at, 1)) << at;
  }
  EXPECT_EQ(opened(), 1U) << "nothing more was read of the store";
}

TEST_P(Prefetch, without_a_disk_the_beginning_is_near_and_the_rest_is_read_on) {
  open(0);
  const std::string text = sample_bytes(large);
  put("a", text);
  const Prefetched done = prefetch("a");
  EXPECT_GT(done.in_memory, 0U);
  EXPECT_LE(done.in_memory, budget / 4);
  EXPECT_TRUE(load("a") == text);
  EXPECT_EQ(opened(), 2U);
}

TEST_P(Prefetch, a_range_is_found_where_it_begins) {
  const std::string text = sample_bytes(large);
  put("a", text);
  const Prefetched done =
      loop_.run(storage_->co_prefetch(uri("a"), PrefetchOptions().range(ByteRange::of(2_MiB, 5000))));
  EXPECT_EQ(done.in_memory, 5000U);
  EXPECT_EQ(load("a", ByteRange::of(2_MiB + 10, 100)), text.substr(2_MiB + 10, 100));
  EXPECT_EQ(opened(), 1U);
  EXPECT_TRUE(load("a") == text) << "before, in and behind it";
}

TEST_P(Prefetch, what_was_read_as_a_whole_makes_room_and_what_was_glanced_at_stays) {
  open(0);
  constexpr std::size_t size = 600'000;
  for (const char* name : {"a", "b", "c"}) put(name, sample_bytes(size));
  EXPECT_EQ(prefetch("a").in_memory, size);
  load("a", ByteRange::last(10));
  EXPECT_LT(prefetch("b").in_memory, size) << "a still waits for its reader";
  const std::size_t before = opened();
  load("a", ByteRange::of(0, size / 2));
  load("a", ByteRange::from(size / 2));
  EXPECT_EQ(opened(), before) << "nothing more was read of the store";
  EXPECT_EQ(prefetch("c").in_memory, size);
}

TEST_P(Prefetch, a_part_that_is_replaced_holds_no_memory_though_it_is_being_read) {
  const std::string text = sample_bytes(large);
  put("a", text);
  const auto read_ahead = [&](std::uint64_t from) {
    return loop_.run(storage_->co_prefetch(uri("a"), PrefetchOptions().range(ByteRange::of(from, 500'000))));
  };
  read_ahead(0);
  SourcePtr source = loop_.run(storage_->co_open(uri("a"), ReadOptions().range(ByteRange::of(0, 500'000))));
  const std::size_t before = loop_.runtime().pool().use().granted;
  read_ahead(1_MiB);
  EXPECT_LT(loop_.runtime().pool().use().granted, before + 200'000);
  EXPECT_TRUE(loop_.run(co_drain(std::move(source))) == text.substr(0, 500'000));
}

TEST_P(Prefetch, what_was_changed_is_not_served) {
  for (const std::size_t size : {small, large}) {
    put("a", sample_bytes(size, 1));
    prefetch("a");
    const std::string text = sample_bytes(size, 2);
    put("a", text);
    EXPECT_TRUE(load("a") == text) << size;
    EXPECT_FALSE(entry("a")) << "it is given up";
  }
}

TEST_P(Prefetch, what_was_removed_is_not_there) {
  for (const std::size_t size : {small, large}) {
    put("a", sample_bytes(size));
    prefetch("a");
    loop_.run(origin_->co_remove("a", RemoveOptions()));
    EXPECT_EQ(failure_of(storage_->co_load(uri("a"))), ErrorKind::not_found) << size;
  }
}

TEST_P(Prefetch, conditions_and_limits_are_those_of_the_store) {
  for (const std::size_t size : {small, large}) {
    put("a", sample_bytes(size));
    prefetch("a");
    EXPECT_EQ(failure_of(storage_->co_load(uri("a"), ReadOptions().if_etag("other"))), ErrorKind::precondition_failed);
    EXPECT_EQ(failure_of(storage_->co_load(uri("a"), ReadOptions().range(ByteRange::from(size)))),
              ErrorKind::range_not_satisfiable);
    EXPECT_EQ(failure_of(storage_->co_load(uri("a"), ReadOptions().max_bytes(size - 1))), ErrorKind::too_large);
  }
  EXPECT_EQ(failure_of(storage_->co_prefetch(uri("absent"))), ErrorKind::not_found);
}

TEST_P(Prefetch, a_source_can_be_opened_again) {
  const std::string text = sample_bytes(large);
  put("a", text);
  prefetch("a");
  const SourcePtr source = loop_.run(storage_->co_open(uri("a")));
  EXPECT_EQ(source->info().uri, uri("a"));
  SourcePtr again = loop_.run(source->co_reopen(ByteRange::from(1_MiB)));
  EXPECT_TRUE(loop_.run(co_drain(std::move(again))) == text.substr(1_MiB));
  EXPECT_EQ(opened(), 1U);
}

TEST_P(Prefetch, streams_get_the_memory_back) {
  open(0);
  const std::string text = sample_bytes(small);
  put("a", text);
  prefetch("a");
  ASSERT_GT(loop_.runtime().pool().use().granted, 0U);
  BudgetShare stream = loop_.runtime().pool().open_share("a stream");
  std::vector<Buffer> buffers;
  for (std::size_t taken = 0; taken < budget; taken += 1_MiB) {
    std::optional<Buffer> more = stream.try_more(1_MiB, 1_MiB);
    ASSERT_TRUE(more) << "all of the budget is its own, although it would only be faster";
    buffers.push_back(std::move(*more));
  }
  EXPECT_EQ(loop_.runtime().pool().use().granted, budget);
  buffers.clear();
  EXPECT_TRUE(load("a") == text);
}

TEST_P(Prefetch, memory_and_disk_keep_their_limits_however_much_is_read_ahead) {
  for (unsigned i = 0; i < 12; ++i) {
    const std::string name = "a" + std::to_string(i);
    put(name, sample_bytes(i % 3 == 0 ? small : large, i));
    prefetch(name);
    EXPECT_LE(loop_.runtime().pool().use().granted, budget / 4 + 64_KiB);
    EXPECT_LE(bytes_kept(), cache_limit);
  }
  EXPECT_TRUE(entry("a11"));
  EXPECT_FALSE(entry("a1")) << "what was kept first went first";
  for (unsigned i = 0; i < 12; ++i) {
    EXPECT_TRUE(load("a" + std::to_string(i)) == sample_bytes(i % 3 == 0 ? small : large, i)) << i;
  }
}

TEST_P(Prefetch, many_at_once_keep_the_limit_too) {
  std::vector<Started<Prefetched>> started;
  for (unsigned i = 0; i < 8; ++i) {
    put("a" + std::to_string(i), sample_bytes(large, i));
    started.push_back(start(loop_.runtime().executor(), storage_->co_prefetch(uri("a" + std::to_string(i)))));
  }
  for (Started<Prefetched>& each : started) loop_.run(each.co_result());
  EXPECT_LE(bytes_kept(), cache_limit);
  EXPECT_GT(bytes_kept(), 0U);
  for (unsigned i = 0; i < 8; ++i) EXPECT_TRUE(load("a" + std::to_string(i)) == sample_bytes(large, i)) << i;
}

TEST_P(Prefetch, a_reader_keeps_what_goes_while_it_reads) {
  open(size_with_sums(large));
  put("a", sample_bytes(large, 1));
  put("b", sample_bytes(large, 2));
  prefetch("a");
  SourcePtr source = loop_.run(storage_->co_open(uri("a")));
  EXPECT_TRUE(loop_.run(co_read_some(*source, 1000)) == sample_bytes(large, 1).substr(0, 1000));
  prefetch("b");
  EXPECT_FALSE(entry("a"));
  EXPECT_TRUE(loop_.run(co_drain(std::move(source))) == sample_bytes(large, 1).substr(1000));
  EXPECT_EQ(opened(), 2U) << "each was read of the store once";
}

TEST_P(Prefetch, a_reader_joins_what_is_being_read_ahead) {
  for (const std::size_t size : {small, large}) {
    const std::string text = sample_bytes(size);
    put("a", text);
    const std::size_t before = opened();
    far_->hold("read", 2);
    Started<Prefetched> ahead = start(loop_.runtime().executor(), storage_->co_prefetch(uri("a")));
    loop_.run(far_->co_held());
    SourcePtr source = loop_.run(storage_->co_open(uri("a")));
    EXPECT_TRUE(loop_.run(co_read_some(*source, 1000)) == text.substr(0, 1000)) << "already";
    Started<std::string> rest = start(loop_.runtime().executor(), co_drain(std::move(source)));
    far_->release();
    EXPECT_TRUE(loop_.run(rest.co_result()) == text.substr(1000));
    loop_.run(ahead.co_result());
    EXPECT_EQ(opened(), before + 1) << "once for both";
  }
}

TEST_P(Prefetch, a_reader_goes_on_where_the_reading_ahead_was_cancelled) {
  for (const std::size_t size : {small, large}) {
    const std::string text = sample_bytes(size);
    put("a", text);
    far_->hold("read", 2);
    EXPECT_EQ(cancel_when_held(*far_).kind(), ErrorKind::cancelled);
    SourcePtr source = loop_.run(storage_->co_open(uri("a")));
    EXPECT_TRUE(loop_.run(co_drain(std::move(source))) == text);
    EXPECT_FALSE(entry("a"));
  }
}

TEST_P(Prefetch, cancelled_anywhere_it_leaves_nothing_and_loads_are_right) {
  const std::string text = sample_bytes(large);
  put("a", text);
  const auto cancel_at = [&](test::Faults& faults, const std::string& verb) {
    faults.hold(verb, 1);
    EXPECT_EQ(cancel_when_held(faults).kind(), ErrorKind::cancelled) << verb;
    EXPECT_FALSE(entry("a")) << verb;
    faults.release();
    EXPECT_TRUE(load("a") == text) << verb;
  };
  for (const char* verb : {"head", "open", "read"}) cancel_at(*far_, verb);
  for (const char* verb : {"head", "list", "create", "write", "commit"}) cancel_at(*near_, verb);
  EXPECT_EQ(prefetch("a").on_disk, large) << "and the cache is still good";
}

TEST_P(Prefetch, a_store_that_fails_fails_it_and_no_later_load) {
  for (const std::size_t size : {small, large}) {
    const std::string text = sample_bytes(size);
    put("a", text);
    for (const char* verb : {"head", "open", "read"}) {
      far_->fail(verb, verb == std::string("read") ? 2 : 1, Error(ErrorKind::io, "the line is cut"));
      EXPECT_EQ(failure_of(storage_->co_prefetch(uri("a"))), ErrorKind::io) << verb;
      EXPECT_FALSE(entry("a"));
      EXPECT_TRUE(load("a") == text) << verb;
    }
  }
}

TEST_P(Prefetch, what_is_in_memory_already_is_not_read_ahead) {
  ProviderRegistry registry;
  registry.add_active(origin_);
  storage_.emplace(loop_.runtime(), std::move(registry));
  put("a", sample_bytes(small));
  const Prefetched done = prefetch("a");
  EXPECT_EQ(done.in_memory + done.on_disk, 0U);
  EXPECT_EQ(loop_.runtime().pool().use().granted, 0U);
}

TEST_P(Prefetch, an_empty_object_needs_nothing) {
  put("a", "");
  EXPECT_EQ(prefetch("a").in_memory, 0U);
  EXPECT_EQ(load("a"), "");
}

INSTANTIATE_TEST_SUITE_P(Loops, Prefetch, testing::ValuesIn(test::all_loop_kinds),
                         [](const auto& info) { return test::to_string(info.param); });

}  // namespace
}  // namespace coffer
