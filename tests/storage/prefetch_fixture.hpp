#pragma once

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
#include "storage/cache_entries.hpp"
#include "support/test_loop.hpp"
#include "support/thrown_error.hpp"

namespace coffer::test {

/// Starts it, cancels it when a call of the store waits, and gives the error that it ended with. On a strand.
inline Task<Error> co_cancelled_when_held(Faults& faults, Task<Prefetched> task) {
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

/// A distant store with a cache; both can be made to fail.
class PrefetchFixture : public testing::TestWithParam<LoopKind> {
 protected:
  static constexpr std::size_t budget = 4_MiB;
  static constexpr std::uint64_t cache_limit = 10_MiB;
  /// Fits into the memory for what is read ahead.
  static constexpr std::size_t small = 300'001;
  /// Does not.
  static constexpr std::size_t large = 3_MiB + 17;

  PrefetchFixture() : loop_(GetParam(), RuntimeConfig().budget(budget)) {
    origin_ = make_memory_provider(loop_.runtime());
    kept_ = make_memory_provider(loop_.runtime(), MemoryConfig().name("cache"));
    open(cache_limit);
  }
  ~PrefetchFixture() override {
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
    auto far = std::make_shared<BlindProvider>(runtime, origin_);
    ProviderRegistry registry;
    registry.add_active(make_faulty_provider(runtime, std::move(far), far_));
    std::shared_ptr<DiskCache> cache;
    if (limit > 0) cache = make_disk_cache(runtime, make_faulty_provider(runtime, kept_, near_), limit);
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
  Error cancel_when_held(Faults& faults) {
    const boost::asio::any_io_executor strand = boost::asio::make_strand(loop_.runtime().executor());
    Started<Error> ahead = start(strand, co_cancelled_when_held(faults, storage_->co_prefetch(uri("a"))));
    return loop_.run(ahead.co_result());
  }
  template <class T>
  ErrorKind failure_of(Task<T> task) {
    return error_of([&] { loop_.run(std::move(task)); }).kind();
  }

  TestLoop loop_;
  std::shared_ptr<Faults> far_ = std::make_shared<Faults>();
  std::shared_ptr<Faults> near_ = std::make_shared<Faults>();
  ProviderPtr origin_;
  ProviderPtr kept_;
  std::optional<Storage> storage_;
};

}  // namespace coffer::test
