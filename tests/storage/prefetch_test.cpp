#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/base/literals.hpp>
#include <coffer/providers/memory.hpp>
#include <coffer/storage/storage.hpp>
#include <gtest/gtest.h>

#include "async/signal.hpp"
#include "async/started.hpp"
#include "fakes/blind_provider.hpp"
#include "fakes/faulty_provider.hpp"
#include "storage/block_sums.hpp"
#include "storage/cache_entries.hpp"
#include "support/test_loop.hpp"
#include "support/thrown_error.hpp"

namespace coffer {
namespace {

/// Starts it, cancels it when a call of the store waits, and gives the error that it ended with. On a strand.
Task<Error> co_cancelled_when_held(test::Faults& faults, Task<Prefetched> task) {
  const boost::asio::any_io_executor strand = co_await boost::asio::this_coro::executor;
  boost::asio::cancellation_signal signal;
  Signal ended;
  Error error;
  const std::uint64_t before = ended.epoch();
  auto on_end = [&error, &ended](const std::exception_ptr& thrown, Prefetched /*value*/) {
    if (thrown) error = to_error(thrown);
    ended.notify_all();
  };
  boost::asio::co_spawn(strand, std::move(task), boost::asio::bind_cancellation_slot(signal.slot(), std::move(on_end)));
  co_await faults.co_held();
  signal.emit(boost::asio::cancellation_type::terminal);
  co_await ended.co_wait(before);
  co_return error;
}

std::string text_of(std::size_t size, int seed = 0) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    text[i] = static_cast<char>('!' + (i * 7 + i / 1000 + static_cast<std::size_t>(seed)) % 90);
  }
  return text;
}

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

/// A distant store with a cache; both can be made to fail.
class Prefetch : public testing::TestWithParam<test::LoopKind> {
 protected:
  static constexpr std::size_t budget = 4_MiB;
  static constexpr std::uint64_t cache_limit = 10_MiB;
  /// Fits into the memory for what is read ahead.
  static constexpr std::size_t small = 300'001;
  /// Does not.
  static constexpr std::size_t large = 3_MiB + 17;

  Prefetch() : loop_(GetParam(), RuntimeConfig().budget(budget)) {
    origin_ = make_memory_provider(loop_.runtime());
    kept_ = make_memory_provider(loop_.runtime(), MemoryConfig().name("cache"));
    open(cache_limit);
  }
  ~Prefetch() override {
    far_->release();
    near_->release();
    storage_.reset();
    EXPECT_TRUE(loop_.run(loop_.runtime().co_close(std::chrono::minutes(1))));
    origin_.reset();
    kept_.reset();
    EXPECT_EQ(loop_.runtime().pool().use().granted, 0U) << "every buffer came back";
    EXPECT_EQ(loop_.runtime().pool().use().streams, 0U) << "and every share";
  }

  /// A Storage as another process would have it: with nothing in memory. No cache for a limit of 0.
  void open(std::uint64_t limit) {
    Runtime& runtime = loop_.runtime();
    auto far = std::make_shared<test::BlindProvider>(runtime, origin_);
    ProviderRegistry registry;
    registry.add_active(test::make_faulty_provider(runtime, std::move(far), far_));
    std::shared_ptr<DiskCache> cache;
    if (limit > 0) cache = make_disk_cache(runtime, test::make_faulty_provider(runtime, kept_, near_), limit);
    storage_.emplace(runtime, std::move(registry), nullptr, nullptr, std::move(cache));
  }

  static Uri uri(const std::string& name) { return Uri("mem://default/" + name); }
  void put(const std::string& name, std::string text) { loop_.run(origin_->co_store(name, std::move(text))); }
  Prefetched prefetch(const std::string& name) { return loop_.run(storage_->co_prefetch(uri(name))); }
  std::string load(const std::string& name) { return loop_.run(storage_->co_load(uri(name))); }
  std::string load(const std::string& name, ByteRange range) {
    return loop_.run(storage_->co_load(uri(name), ReadOptions().range(range)));
  }
  std::size_t opened() const { return far_->calls("open"); }
  /// What the cache holds of an object; nothing where it holds none.
  std::optional<ObjectInfo> entry(const std::string& name) { return loop_.run(kept_->co_head(cache_key(uri(name)))); }
  std::uint64_t bytes_kept() { return loop_.run(co_bytes_kept()); }
  Task<std::uint64_t> co_bytes_kept() {
    const ListerPtr lister = co_await kept_->co_list("", ListOptions());
    std::uint64_t bytes = 0;
    for (const ListEntry& found : co_await lister->co_next()) bytes += *found.info.size;
    co_return bytes;
  }
  Error cancel_when_held(test::Faults& faults) {
    const boost::asio::any_io_executor strand = boost::asio::make_strand(loop_.runtime().executor());
    Started<Error> ahead = start(strand, co_cancelled_when_held(faults, storage_->co_prefetch(uri("a"))));
    return loop_.run(ahead.co_result());
  }
  template <class T>
  ErrorKind failure_of(Task<T> task) {
    return test::error_of([&] { loop_.run(std::move(task)); }).kind();
  }

  test::TestLoop loop_;
  std::shared_ptr<test::Faults> far_ = std::make_shared<test::Faults>();
  std::shared_ptr<test::Faults> near_ = std::make_shared<test::Faults>();
  ProviderPtr origin_;
  ProviderPtr kept_;
  std::optional<Storage> storage_;
};

TEST_P(Prefetch, what_fits_is_found_in_memory) {
  const std::string text = text_of(small);
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
  const std::string text = text_of(large);
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

TEST_P(Prefetch, another_process_finds_it_on_the_same_disk) {
  const std::string text = text_of(large);
  put("a", text);
  prefetch("a");
  open(cache_limit);
  EXPECT_TRUE(load("a") == text);
  EXPECT_EQ(prefetch("a").on_disk, large);
  EXPECT_EQ(opened(), 1U);
}

TEST_P(Prefetch, without_a_disk_the_beginning_is_near_and_the_rest_is_read_on) {
  open(0);
  const std::string text = text_of(large);
  put("a", text);
  const Prefetched done = prefetch("a");
  EXPECT_GT(done.in_memory, 0U);
  EXPECT_LE(done.in_memory, budget / 4);
  EXPECT_TRUE(load("a") == text);
  EXPECT_EQ(opened(), 2U);
}

TEST_P(Prefetch, a_range_is_found_where_it_begins) {
  const std::string text = text_of(large);
  put("a", text);
  const Prefetched done =
      loop_.run(storage_->co_prefetch(uri("a"), PrefetchOptions().range(ByteRange::of(2_MiB, 5000))));
  EXPECT_EQ(done.in_memory, 5000U);
  EXPECT_EQ(load("a", ByteRange::of(2_MiB + 10, 100)), text.substr(2_MiB + 10, 100));
  EXPECT_EQ(opened(), 1U);
  EXPECT_TRUE(load("a") == text) << "before, in and behind it";
}

TEST_P(Prefetch, a_part_that_is_replaced_holds_no_memory_though_it_is_being_read) {
  const std::string text = text_of(large);
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

TEST_P(Prefetch, a_cache_that_cannot_be_read_before_a_commit_keeps_nothing) {
  put("a", text_of(large));
  Runtime& runtime = loop_.runtime();
  ProviderRegistry registry;
  registry.add_active(std::make_shared<test::BlindProvider>(runtime, origin_));
  auto blind = std::make_shared<test::BlindProvider>(runtime, kept_);
  Storage storage(runtime, std::move(registry), nullptr, nullptr,
                  make_disk_cache(runtime, std::move(blind), cache_limit));
  const Prefetched done = loop_.run(storage.co_prefetch(uri("a")));
  EXPECT_EQ(done.on_disk, 0U);
  EXPECT_GT(done.in_memory, 0U);
}

Task<> co_count_and_look(int& calls, ProviderPtr store) {
  ++calls;
  co_await store->co_head("what killed writers left");
}

TEST_P(Prefetch, a_tidying_that_was_cancelled_is_done_by_the_next) {
  put("a", text_of(large));
  Runtime& runtime = loop_.runtime();
  int calls = 0;
  const ProviderPtr near = test::make_faulty_provider(runtime, kept_, near_);
  const CacheTidy tidy = [&calls, near] { return co_count_and_look(calls, near); };
  ProviderRegistry registry;
  registry.add_active(
      test::make_faulty_provider(runtime, std::make_shared<test::BlindProvider>(runtime, origin_), far_));
  storage_.emplace(runtime, std::move(registry), nullptr, nullptr, make_disk_cache(runtime, near, cache_limit, tidy));
  near_->hold("head", 2);  // The first looks for a copy.
  EXPECT_EQ(cancel_when_held(*near_).kind(), ErrorKind::cancelled);
  near_->release();
  EXPECT_EQ(prefetch("a").on_disk, large);
  EXPECT_EQ(calls, 2);
}

TEST_P(Prefetch, what_was_changed_is_not_served) {
  for (const std::size_t size : {small, large}) {
    put("a", text_of(size, 1));
    prefetch("a");
    const std::string text = text_of(size, 2);
    put("a", text);
    EXPECT_TRUE(load("a") == text) << size;
    EXPECT_FALSE(entry("a")) << "it is given up";
  }
}

TEST_P(Prefetch, what_was_removed_is_not_there) {
  for (const std::size_t size : {small, large}) {
    put("a", text_of(size));
    prefetch("a");
    loop_.run(origin_->co_remove("a", RemoveOptions()));
    EXPECT_EQ(failure_of(storage_->co_load(uri("a"))), ErrorKind::not_found) << size;
  }
}

TEST_P(Prefetch, conditions_and_limits_are_those_of_the_store) {
  for (const std::size_t size : {small, large}) {
    put("a", text_of(size));
    prefetch("a");
    EXPECT_EQ(failure_of(storage_->co_load(uri("a"), ReadOptions().if_etag("other"))), ErrorKind::precondition_failed);
    EXPECT_EQ(failure_of(storage_->co_load(uri("a"), ReadOptions().range(ByteRange::from(size)))),
              ErrorKind::range_not_satisfiable);
    EXPECT_EQ(failure_of(storage_->co_load(uri("a"), ReadOptions().max_bytes(size - 1))), ErrorKind::too_large);
  }
  EXPECT_EQ(failure_of(storage_->co_prefetch(uri("absent"))), ErrorKind::not_found);
}

TEST_P(Prefetch, a_source_can_be_opened_again) {
  const std::string text = text_of(large);
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
  const std::string text = text_of(small);
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
  for (int i = 0; i < 12; ++i) {
    const std::string name = "a" + std::to_string(i);
    put(name, text_of(i % 3 == 0 ? small : large, i));
    prefetch(name);
    EXPECT_LE(loop_.runtime().pool().use().granted, budget / 4 + 64_KiB);
    EXPECT_LE(bytes_kept(), cache_limit);
  }
  EXPECT_TRUE(entry("a11"));
  EXPECT_FALSE(entry("a1")) << "what was kept first went first";
  for (int i = 0; i < 12; ++i) {
    EXPECT_TRUE(load("a" + std::to_string(i)) == text_of(i % 3 == 0 ? small : large, i)) << i;
  }
}

TEST_P(Prefetch, many_at_once_keep_the_limit_too) {
  std::vector<Started<Prefetched>> started;
  for (int i = 0; i < 8; ++i) {
    put("a" + std::to_string(i), text_of(large, i));
    started.push_back(start(loop_.runtime().executor(), storage_->co_prefetch(uri("a" + std::to_string(i)))));
  }
  for (Started<Prefetched>& each : started) loop_.run(each.co_result());
  EXPECT_LE(bytes_kept(), cache_limit);
  EXPECT_GT(bytes_kept(), 0U);
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(load("a" + std::to_string(i)) == text_of(large, i)) << i;
}

TEST_P(Prefetch, a_reader_keeps_what_goes_while_it_reads) {
  open(size_with_sums(large));
  put("a", text_of(large, 1));
  put("b", text_of(large, 2));
  prefetch("a");
  SourcePtr source = loop_.run(storage_->co_open(uri("a")));
  EXPECT_TRUE(loop_.run(co_read_some(*source, 1000)) == text_of(large, 1).substr(0, 1000));
  prefetch("b");
  EXPECT_FALSE(entry("a"));
  EXPECT_TRUE(loop_.run(co_drain(std::move(source))) == text_of(large, 1).substr(1000));
  EXPECT_EQ(opened(), 2U) << "each was read of the store once";
}

TEST_P(Prefetch, a_reader_joins_what_is_being_read_ahead) {
  for (const std::size_t size : {small, large}) {
    const std::string text = text_of(size);
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
    const std::string text = text_of(size);
    put("a", text);
    far_->hold("read", 2);
    EXPECT_EQ(cancel_when_held(*far_).kind(), ErrorKind::cancelled);
    SourcePtr source = loop_.run(storage_->co_open(uri("a")));
    EXPECT_TRUE(loop_.run(co_drain(std::move(source))) == text);
    EXPECT_FALSE(entry("a"));
  }
}

TEST_P(Prefetch, cancelled_anywhere_it_leaves_nothing_and_loads_are_right) {
  const std::string text = text_of(large);
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
    const std::string text = text_of(size);
    put("a", text);
    for (const char* verb : {"head", "open", "read"}) {
      far_->fail(verb, verb == std::string("read") ? 2 : 1, Error(ErrorKind::io, "the line is cut"));
      EXPECT_EQ(failure_of(storage_->co_prefetch(uri("a"))), ErrorKind::io) << verb;
      EXPECT_FALSE(entry("a"));
      EXPECT_TRUE(load("a") == text) << verb;
    }
  }
}

TEST_P(Prefetch, a_cache_that_fails_is_not_used_and_fails_nothing) {
  const std::string text = text_of(large);
  put("a", text);
  put("b", text);
  for (const char* verb : {"list", "next", "create", "write", "commit"}) {
    open(cache_limit);
    near_->fail(verb, 1, Error(ErrorKind::no_space, "the disk is full"));
    EXPECT_EQ(prefetch("a").on_disk, 0U) << verb;
    EXPECT_FALSE(entry("a")) << verb;
    EXPECT_TRUE(load("a") == text) << verb;
    const std::size_t created = near_->calls("create");
    EXPECT_EQ(prefetch("b").on_disk, 0U) << verb;
    EXPECT_EQ(near_->calls("create"), created) << "nothing more is kept";
  }
}

TEST_P(Prefetch, a_copy_that_cannot_be_read_is_read_of_the_store) {
  const std::string text = text_of(large);
  put("a", text);
  for (const auto& [verb, nth] :
       std::vector<std::pair<std::string, int>>{{"head", 1}, {"open", 1}, {"open", 2}, {"read", 3}}) {
    prefetch("a");
    near_->fail(verb, static_cast<std::size_t>(nth), Error(ErrorKind::io, "a bad sector"));
    EXPECT_TRUE(load("a") == text) << verb << nth;
  }
}

TEST_P(Prefetch, a_damaged_copy_is_never_served_and_goes) {
  const std::string text = text_of(large);
  put("a", text);
  prefetch("a");
  const std::string key = cache_key(uri("a"));
  const ObjectInfo good = *entry("a");
  const std::string bytes = loop_.run(kept_->co_load(key));
  const auto damage = [&](std::string damaged, const Metadata& metadata) {
    WriteOptions options;
    for (const auto& [name, value] : metadata) options.metadata(name, value);
    loop_.run(kept_->co_store(key, std::move(damaged), std::move(options)));
    open(cache_limit);
    const std::size_t before = opened();
    EXPECT_EQ(load("a", ByteRange::of(1_MiB, 100'000)), text.substr(1_MiB, 100'000));
    EXPECT_TRUE(load("a") == text);
    EXPECT_GT(opened(), before);
  };
  for (const std::size_t at : {std::size_t{0}, std::size_t{1_MiB}, large - 1, large, bytes.size() - 1}) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    damage(std::move(damaged), good.metadata);
    EXPECT_FALSE(entry("a")) << "the byte at " << at;
  }
  damage(bytes.substr(1), good.metadata);
  EXPECT_FALSE(entry("a"));
  Metadata of_another = good.metadata;
  of_another["uri"] = "mem://default/b";
  damage(bytes, of_another);
}

TEST_P(Prefetch, what_is_in_memory_already_is_not_read_ahead) {
  ProviderRegistry registry;
  registry.add_active(origin_);
  storage_.emplace(loop_.runtime(), std::move(registry));
  put("a", text_of(small));
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
