#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <coffer/io_backends/make_io_backend.hpp>
#include <coffer/pipe/memory_offload.hpp>
#include <coffer/providers/local.hpp>
#include <coffer/providers/memory.hpp>
#include <coffer/storage/storage.hpp>
#include <coffer/stream/memory_source.hpp>
#include <gtest/gtest.h>

#include "fakes/faulty_backend.hpp"
#include "fakes/faulty_provider.hpp"
#include "fakes/memory_scratch.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_loop.hpp"

namespace coffer::test {

/// Keeps what it is given, and whether it was committed. Fails at its commit where it was told to.
class KeepingSink final : public ByteSink {
 public:
  explicit KeepingSink(Runtime& runtime) : share_(runtime.pool().open_share("keep")) {}

  Task<Buffer> co_buffer(std::size_t at_least) override { co_return share_.need(at_least); }
  Task<> co_write(Chunk chunk) override {
    text_ += chunk.text();
    co_return;
  }
  Task<Stored> co_commit() override {
    if (refuses) throw Error(refusal, "this sink is full");
    committed_ = true;
    Stored stored;
    stored.size = text_.size();
    co_return stored;
  }

  bool refuses = false;
  ErrorKind refusal = ErrorKind::no_space;
  /// Nothing where it was not committed.
  std::optional<std::string> committed() const { return committed_ ? std::optional(text_) : std::nullopt; }

 private:
  BudgetShare share_;
  std::string text_;
  bool committed_ = false;
};

/// Can be read once, a few bytes at a time.
class OnceSource final : public ByteSource {
 public:
  explicit OnceSource(std::string text) : text_(std::move(text)) {}
  const ObjectInfo& info() const override { return info_; }
  Task<std::optional<Chunk>> co_read(std::size_t /*at_most*/) override {
    constexpr std::size_t few = 7;
    if (at_ == text_.size()) co_return std::nullopt;
    std::string part = text_.substr(at_, few);
    at_ += part.size();
    co_return Chunk::of(std::move(part));
  }

 private:
  ObjectInfo info_;
  const std::string text_;
  std::size_t at_ = 0;
};

/// Keeps what people would be told.
class KeepingObserver final : public Observer {
 public:
  void warn(std::string_view line) noexcept override {
    const std::lock_guard lock(mutex_);
    warnings_ += line;
  }
  std::string warnings() const {
    const std::lock_guard lock(mutex_);
    return warnings_;
  }

 private:
  mutable std::mutex mutex_;
  std::string warnings_;
};

/// Gives another text when it is opened again.
class ChangingSource final : public ByteSource {
 public:
  ChangingSource(std::string text, std::string later) : source_(make_memory_source(std::move(text))), later_(later) {}
  const ObjectInfo& info() const override { return source_->info(); }
  Task<std::optional<Chunk>> co_read(std::size_t at_most) override { return source_->co_read(at_most); }
  Task<SourcePtr> co_reopen(ByteRange range) override {
    // Once to see whether it can be, once to read it for the second time.
    if (opened_++ == 0) co_return std::make_unique<ChangingSource>(*this, co_await source_->co_reopen(range));
    co_return make_memory_source(later_);
  }
  ChangingSource(const ChangingSource& other, SourcePtr source)
      : source_(std::move(source)), later_(other.later_), opened_(1) {}

 private:
  SourcePtr source_;
  const std::string later_;
  int opened_ = 0;
};

enum class MemoryStore : std::uint8_t { memory, local };

/// A store with faults, and what moves working memories in and out of it.
class MemoryScene {
 public:
  explicit MemoryScene(LoopKind kind = LoopKind::own_thread, MemoryStore store = MemoryStore::memory,
                       bool scratch = true, const std::string& below = "")
      : loop_(kind, RuntimeConfig().observer(observer)) {
    ProviderPtr provider;
    if (store == MemoryStore::memory) {
      provider = make_memory_provider(loop_.runtime());
    } else {
      io_ = std::make_shared<FaultyBackend>(make_io_backend(loop_.runtime()));
      provider = make_local_provider(loop_.runtime(), io_, LocalConfig(folder_.path().string() + "/store" + below));
    }
    provider_ = provider;
    ProviderRegistry providers;
    providers.add_active(make_faulty_provider(loop_.runtime(), std::move(provider), faults));
    storage_.emplace(loop_.runtime(), std::move(providers), scratch ? std::make_shared<MemoryScratch>() : nullptr);
  }
  ~MemoryScene() { EXPECT_TRUE(settle()); }

  Runtime& runtime() { return loop_.runtime(); }
  Storage& storage() { return *storage_; }
  const std::shared_ptr<FaultyBackend>& io() const { return io_; }
  bool settle() { return loop_.run(loop_.runtime().co_close(std::chrono::minutes(1))); }

  /// On a strand: a loop of several threads runs one thing of a test at a time.
  template <class T>
  T run(Task<T> task) {
    return loop_.run(boost::asio::co_spawn(boost::asio::make_strand(loop_.runtime().executor()), std::move(task),
                                           boost::asio::use_awaitable));
  }

  /// The light document. What is thrown leaves nothing committed.
  std::string offload(const std::string& memory, OffloadOptions options = {}) {
    return offload(make_memory_source(memory), std::move(options));
  }
  std::string offload(SourcePtr memory, OffloadOptions options = {}) {
    KeepingSink light(runtime());
    light.refuses = refuses;
    light.refusal = refusal;
    try {
      offloaded = run(co_offload_memory(storage(), std::move(memory), light, std::move(options)));
    } catch (...) {
      EXPECT_EQ(light.committed(), std::nullopt);
      throw;
    }
    return light.committed().value();
  }
  std::string bring_back(const std::string& light, InlineOptions options = {}) {
    return bring_back(make_memory_source(light), std::move(options));
  }
  std::string bring_back(SourcePtr light, InlineOptions options = {}) {
    KeepingSink whole(runtime());
    whole.refuses = refuses;
    try {
      inlined = run(co_inline_memory(storage(), std::move(light), whole, std::move(options)));
    } catch (...) {
      EXPECT_EQ(whole.committed(), std::nullopt);
      throw;
    }
    return whole.committed().value();
  }

  /// Keys of everything in the store.
  std::vector<std::string> keys() {
    return run([](std::shared_ptr<StorageProvider> provider) -> Task<std::vector<std::string>> {
      std::vector<std::string> keys;
      ListerPtr lister = co_await provider->co_list("", ListOptions());
      for (;;) {
        const std::vector<ListEntry> page = co_await lister->co_next();
        if (page.empty()) co_return keys;
        for (const ListEntry& entry : page) keys.push_back(entry.key);
      }
    }(provider_));
  }
  std::string load(const Uri& uri) { return run(storage().co_load(uri)); }
  ObjectInfo head(const Uri& uri) { return run(storage().co_head(uri)).value(); }

  std::shared_ptr<Faults> faults = std::make_shared<Faults>();
  std::shared_ptr<KeepingObserver> observer = std::make_shared<KeepingObserver>();
  OffloadResult offloaded;
  InlineResult inlined;
  /// Whether sinks for documents fail at their commit, and how.
  bool refuses = false;
  ErrorKind refusal = ErrorKind::no_space;

 private:
  TemporaryFolder folder_;
  TestLoop loop_;
  std::shared_ptr<FaultyBackend> io_;
  ProviderPtr provider_;
  std::optional<Storage> storage_;
};

}  // namespace coffer::test
