#include <utility>

#include <coffer/async/runtime.hpp>
#include <coffer/base/error.hpp>
#include <coffer/providers/memory.hpp>

#include "providers/memory/memory_store.hpp"
#include "providers/memory/memory_streams.hpp"
#include "stream/turn.hpp"

namespace coffer {
namespace {

/// Objects removed before others on this thread have their turn.
constexpr std::size_t removed_at_once = 64;

class PageLister final : public Lister {
 public:
  PageLister(std::shared_ptr<const MemoryStore> store, std::string prefix, ListOptions options)
      : store_(std::move(store)), prefix_(std::move(prefix)), options_(std::move(options)), after_(options_.after()) {}

  Task<std::vector<ListEntry>> co_next() override {
    if (later_page_) co_await co_give_way();
    later_page_ = true;
    std::vector<ListEntry> entries = store_->page(prefix_, after_, options_);
    if (!entries.empty()) after_ = entries.back().key;
    co_return std::move(entries);
  }

 private:
  std::shared_ptr<const MemoryStore> store_;
  std::string prefix_;
  ListOptions options_;
  std::string after_;
  bool later_page_ = false;
};

class MemoryProvider final : public StorageProvider {
 public:
  MemoryProvider(Runtime& runtime, const MemoryConfig& config)
      : StorageProvider(runtime, Uri("mem://" + config.name())),
        store_(std::make_shared<MemoryStore>(root(), config.capacity())) {}

  Capabilities capabilities() const override {
    Capabilities capabilities;
    capabilities.read_before_commit = true;
    capabilities.distance = Distance::memory;
    return capabilities;
  }

  Task<std::optional<ObjectInfo>> co_head(std::string key) override {
    if (calls_.over()) co_await co_give_way();
    const MemoryObjectPtr object = store_->find(key);
    if (!object) co_return std::nullopt;
    co_return object->info;
  }

  Task<SourcePtr> co_open(std::string key, ReadOptions options) override {
    if (calls_.over()) co_await co_give_way();
    co_return open_memory_source(store_->open(key, options), options);
  }

  Task<ObjectPtr> co_object(std::string key, ReadOptions options) override {
    if (calls_.over()) co_await co_give_way();
    refuse_range(key, options);
    co_return open_memory_object(store_->open(key, options), share("read", key));
  }

  Task<SinkPtr> co_create(std::string key, WriteOptions options) override {
    if (calls_.over()) co_await co_give_way();
    check_write(root(), key, options);
    BudgetShare buffers = share("write", key);
    co_return create_memory_sink(store_, std::move(buffers), runtime().clock(), std::move(key), std::move(options));
  }

  Task<ListerPtr> co_list(std::string prefix, ListOptions options) override {
    if (calls_.over()) co_await co_give_way();
    co_return std::make_unique<PageLister>(store_, std::move(prefix), std::move(options));
  }

  Task<> co_remove(std::string key, RemoveOptions options) override {
    if (calls_.over()) co_await co_give_way();
    if (!options.recursive_set()) {
      store_->remove(key, options);
      co_return;
    }
    if (!key.empty() && !key.ends_with('/')) {
      throw Error(ErrorKind::invalid_argument,
                  "what is removed recursively must end in '/', else it would touch names that only begin alike")
          .about(uri_of(key).text());
    }
    if (options.etag()) {
      throw Error(ErrorKind::invalid_argument, "an etag is one object's: it cannot be asked for of a whole prefix")
          .about(uri_of(key).text());
    }
    while (store_->remove_some(key, removed_at_once)) co_await co_give_way();
  }

  /// Shares the bytes.
  Task<Stored> co_copy(std::string from, std::string to, WriteOptions options) override {
    if (calls_.over()) co_await co_give_way();
    check_write(root(), to, options);
    const MemoryObjectPtr object = store_->open(from, ReadOptions());
    if (options.content_type().empty())
      options = WriteOptions(std::move(options).content_type(object->info.content_type));
    if (options.metadata().empty()) {
      for (const auto& [name, value] : object->info.metadata) {
        options = WriteOptions(std::move(options).metadata(name, value));
      }
    }
    co_return store_->put(to, options, object->blocks, *object->info.crc32c, runtime().clock().now());
  }

 private:
  BudgetShare share(std::string_view verb, const std::string& key) const {
    return runtime().pool().open_share(std::string(verb) + " " + uri_of(key).text());
  }

  std::shared_ptr<MemoryStore> store_;
  CallTurns calls_;
};

}  // namespace

ProviderPtr make_memory_provider(Runtime& runtime, MemoryConfig config) {
  return std::make_shared<MemoryProvider>(runtime, config);
}

}  // namespace coffer
