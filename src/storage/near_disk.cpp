#include "storage/near_disk.hpp"

#include <array>
#include <chrono>
#include <exception>
#include <utility>

#include <coffer/async/runtime.hpp>
#include <coffer/base/error.hpp>
#include <fcntl.h>
#include <sys/stat.h>

#include "async/helper_threads.hpp"
#include "storage/block_sums.hpp"
#include "storage/summed_source.hpp"

namespace coffer {
namespace {

/// A reader waits for what is that near to being there.
constexpr std::uint64_t soon = std::uint64_t{4} << 20U;

ProviderRegistry registry_of(const ProviderPtr& store) {
  ProviderRegistry registry;
  registry.add_active(store);
  return registry;
}

/// What is kept with a copy, to know it by.
constexpr auto uri_name = "uri";
constexpr auto etag_name = "etag";
constexpr auto size_name = "size";
constexpr std::size_t most_metadata = 1800;

/// A URI with secrets is not written down, and one that is too long cannot be.
bool can_be_kept(const ObjectInfo& info) {
  if (!info.size || *info.size == 0 || info.etag.empty() || info.uri.raw() != info.uri.text()) return false;
  return info.uri.raw().size() + info.etag.size() <= most_metadata;
}

WriteOptions options_of(const ObjectInfo& info) {
  WriteOptions options = WriteOptions().content_type("application/octet-stream").size(size_with_sums(*info.size));
  options.metadata(uri_name, info.uri.raw());
  options.metadata(etag_name, info.etag);
  options.metadata(size_name, std::to_string(*info.size));
  return options;
}

bool has_entry(const Metadata& metadata, const char* name, const std::string& value) {
  const auto found = metadata.find(name);
  return found != metadata.end() && found->second == value;
}

/// Whether a copy, known by what is kept with it, is the object that `info` describes.
bool is_copy_of(const ObjectInfo& copy, const ObjectInfo& info) {
  return info.size && copy.size == size_with_sums(*info.size) && has_entry(copy.metadata, uri_name, info.uri.raw()) &&
         has_entry(copy.metadata, etag_name, info.etag) &&
         has_entry(copy.metadata, size_name, std::to_string(*info.size));
}

/// When it was last read, or else written; 0 where it is not there.
std::int64_t used_ns(const std::filesystem::path& path) {
  struct stat facts = {};
  if (::stat(path.c_str(), &facts) != 0) return 0;
  return std::int64_t{facts.st_atim.tv_sec} * 1'000'000'000 + facts.st_atim.tv_nsec;
}

/// Says that it was read: a file system that does so by itself does it once a day, or never.
void set_used_now(const std::filesystem::path& path) noexcept {
  std::array<timespec, 2> times = {};
  times[0].tv_nsec = UTIME_NOW;
  times[1].tv_nsec = UTIME_OMIT;
  ::utimensat(AT_FDCWD, path.c_str(), times.data(), 0);
}

std::int64_t nanoseconds_of(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

Task<> co_begin(LiveObject& live, SinkPtr& sink) { sink = co_await live.co_writer(); }

Task<> co_finish(SumWriter& writer, ByteSink& sink) {
  co_await writer.co_finish();
  co_await sink.co_commit();
}

class StoredSums final : public SummedObject {
 public:
  StoredSums(ProviderPtr store, std::string key, std::string etag)
      : store_(std::move(store)), key_(std::move(key)), etag_(std::move(etag)) {}
  Task<SourcePtr> co_open_stored(Extent extent) override {
    // Once: what makes room meanwhile takes its name, not what is open.
    if (!opened_) {
      ReadOptions options = ReadOptions().if_etag(etag_);
      opened_ = co_await store_->co_open(key_, std::move(options));
    }
    SourcePtr part = co_await opened_->co_reopen(ByteRange::of(extent.offset, extent.length));
    if (!part) throw Error(ErrorKind::unsupported, "the cache's store cannot open an object again");
    co_return part;
  }
  bool has_sums() const noexcept override { return true; }

 private:
  const ProviderPtr store_;
  const std::string key_;
  const std::string etag_;
  SourcePtr opened_;
};

class ComingSums final : public SummedObject {
 public:
  explicit ComingSums(LiveObjectPtr live) : live_(std::move(live)) {}
  Task<SourcePtr> co_open_stored(Extent extent) override {
    ReadOptions options = ReadOptions().range(ByteRange::of(extent.offset, extent.length));
    return live_->co_open(std::move(options));
  }
  bool has_sums() const noexcept override { return false; }

 private:
  const LiveObjectPtr live_;
};

}  // namespace

/// In the cache, committed.
class DiskCache::Kept final : public CachedObject {
 public:
  Kept(std::shared_ptr<DiskCache> cache, std::string key, ObjectInfo copy)
      : cache_(std::move(cache)), key_(std::move(key)), copy_(std::move(copy)) {}

  bool is(const ObjectInfo& info) const override { return is_copy_of(copy_, info); }
  bool is_whole() const override { return true; }
  bool has(std::uint64_t /*offset*/) const override { return true; }
  Task<SourcePtr> co_open(ObjectInfo info, Extent extent) override {
    co_await cache_->co_begin_to_read(key_);
    auto sums = std::make_shared<StoredSums>(cache_->store_, key_, copy_.etag);
    BudgetShare share = cache_->runtime_.pool().open_share("read the cache's copy of " + info.uri.text());
    co_return make_summed_source(std::move(share), std::move(sums), std::move(info), extent);
  }
  Task<> co_drop() override { return cache_->co_remove_copy(key_, copy_.etag); }

 private:
  const std::shared_ptr<DiskCache> cache_;
  const std::string key_;
  const ObjectInfo copy_;
};

/// On its way there.
class DiskCache::Coming final : public CachedObject {
 public:
  Coming(std::shared_ptr<DiskCache> cache, Fill fill) : cache_(std::move(cache)), fill_(std::move(fill)) {}

  bool is(const ObjectInfo& info) const override {
    return fill_.info.etag == info.etag && fill_.info.size == info.size;
  }
  bool is_whole() const override { return false; }
  bool has(std::uint64_t offset) const override {
    return fill_.live->state() != LiveObject::State::failed &&
           place_with_sums(offset) < fill_.live->written_to() + soon;
  }
  Task<SourcePtr> co_open(ObjectInfo info, Extent extent) override {
    auto sums = std::make_shared<ComingSums>(fill_.live);
    BudgetShare share = cache_->runtime_.pool().open_share("read ahead of " + info.uri.text());
    co_return make_summed_source(std::move(share), std::move(sums), std::move(info), extent);
  }
  Task<> co_drop() override { co_return; }

 private:
  const std::shared_ptr<DiskCache> cache_;
  const Fill fill_;
};

/// Says, as long as it lives, that the object is on its way.
class DiskCache::Filling {
 public:
  /// `is_first()` is false where it was already.
  Filling(DiskCache& cache, std::string key, Fill fill, std::uint64_t bytes)
      : cache_(cache), key_(std::move(key)), bytes_(bytes) {
    const std::lock_guard lock(cache_.mutex_);
    if (cache_.coming_ + bytes_ > cache_.limit_) return;
    is_first_ = cache_.fills_.emplace(key_, std::move(fill)).second;
    if (is_first_) cache_.coming_ += bytes_;
  }
  Filling(const Filling&) = delete;
  Filling& operator=(const Filling&) = delete;
  ~Filling() {
    if (!is_first_) return;
    const std::lock_guard lock(cache_.mutex_);
    cache_.fills_.erase(key_);
    cache_.coming_ -= bytes_;
  }
  bool is_first() const noexcept { return is_first_; }

 private:
  DiskCache& cache_;
  const std::string key_;
  const std::uint64_t bytes_;
  bool is_first_ = false;
};

/// One that was cancelled is done again, by who comes next.
class DiskCache::Tidying {
 public:
  explicit Tidying(DiskCache& cache) : cache_(cache) {}
  Tidying(const Tidying&) = delete;
  Tidying& operator=(const Tidying&) = delete;
  ~Tidying() {
    {
      const std::lock_guard lock(cache_.mutex_);
      cache_.tidied_ = end_;
    }
    cache_.tidy_ended_.notify_all();
  }
  void succeeded() noexcept { end_ = Tidied::done; }

 private:
  DiskCache& cache_;
  Tidied end_ = Tidied::not_yet;
};

DiskCache::DiskCache(Runtime& runtime, ProviderPtr store, std::uint64_t limit, CacheTidy tidy)
    : runtime_(runtime),
      store_(std::move(store)),
      storage_(runtime, registry_of(store_)),
      limit_(limit),
      tidy_(std::move(tidy)),
      // Who reads what is being kept reads it out of the cache's store.
      off_(!store_->capabilities().read_before_commit) {}

Task<std::shared_ptr<CachedObject>> DiskCache::co_find(Uri uri) {
  std::string key = cache_key(uri);
  std::shared_ptr<CachedObject> found;
  {
    const std::lock_guard lock(mutex_);
    const auto fill = fills_.find(key);
    if (fill != fills_.end() && fill->second.info.uri == uri) {
      found = std::make_shared<Coming>(shared_from_this(), fill->second);
    }
  }
  if (found) co_return found;
  std::optional<ObjectInfo> copy;
  std::exception_ptr failed;
  try {
    copy = co_await store_->co_head(key);
  } catch (...) {
    failed = std::current_exception();
  }
  if (failed && to_error(failed).kind() == ErrorKind::cancelled) std::rethrow_exception(failed);
  if (copy && has_entry(copy->metadata, uri_name, uri.raw())) {
    found = std::make_shared<Kept>(shared_from_this(), std::move(key), std::move(*copy));
  }
  co_return found;
}

Task<bool> DiskCache::co_keep(ObjectInfo info, ByteSource& source) {
  if (off_ || !can_be_kept(info)) co_return false;
  bool kept = false;
  {
    const std::string key = cache_key(info.uri);
    Fill fill;
    fill.live = LiveObject::make(storage_, store_->uri_of(key), options_of(info));
    fill.info = info;
    LiveObject& live = *fill.live;
    const Filling filling(*this, key, std::move(fill), size_with_sums(*info.size));
    if (!filling.is_first()) co_return false;
    if (!co_await co_tidy_once() || !co_await co_make_room()) co_return false;
    kept = co_await co_store(*info.size, live, source);
    if (kept) {
      const std::lock_guard lock(mutex_);
      awaited_.insert(key);
    }
  }
  // Others may have kept something meanwhile.
  if (kept) co_await co_make_room();
  co_return kept;
}

Task<bool> DiskCache::co_store(std::uint64_t size, LiveObject& live, ByteSource& source) {
  SinkPtr sink;
  if (!co_await co_own(co_begin(live, sink))) co_return false;
  SumWriter writer(*sink);
  std::uint64_t written = 0;
  while (std::optional<Chunk> chunk = co_await source.co_read()) {
    Chunk next = std::move(*chunk);
    chunk.reset();
    written += next.size();
    if (!co_await co_own(writer.co_write(std::move(next)))) co_return false;
  }
  if (written != size) co_return false;
  co_return co_await co_own(co_finish(writer, *sink));
}

/// Awaits what the cache does in its own store. False where it failed: nothing more is kept then.
Task<bool> DiskCache::co_own(Task<> task) {
  std::exception_ptr failed;
  try {
    co_await std::move(task);
  } catch (...) {
    failed = std::current_exception();
  }
  if (!failed) co_return true;
  if (to_error(failed).kind() == ErrorKind::cancelled) std::rethrow_exception(failed);
  off_ = true;
  co_return false;
}

Task<bool> DiskCache::co_tidy_once() {
  if (!tidy_) co_return true;
  for (;;) {
    const std::uint64_t seen = tidy_ended_.epoch();
    bool is_mine = false;
    {
      const std::lock_guard lock(mutex_);
      if (tidied_ == Tidied::done) co_return true;
      is_mine = tidied_ == Tidied::not_yet;
      if (is_mine) tidied_ = Tidied::going_on;
    }
    if (is_mine) break;
    co_await tidy_ended_.co_wait(seen);
  }
  Tidying tidying(*this);
  if (is_off()) co_return false;
  const bool done = co_await co_own(tidy_());
  if (done) tidying.succeeded();
  co_return done;
}

Task<bool> DiskCache::co_make_room() {
  std::vector<CacheEntry> entries;
  if (!co_await co_own(co_look(entries))) co_return false;
  std::uint64_t left = 0;
  {
    const std::lock_guard lock(mutex_);
    left = coming_;
    for (CacheEntry& entry : entries) entry.is_awaited = awaited_.contains(entry.key);
  }
  const std::vector<CacheEntry> evicted = entries_to_evict(entries, left, limit_);
  for (const CacheEntry& entry : entries) left += entry.bytes;
  for (const CacheEntry& entry : evicted) {
    if (!co_await co_own(store_->co_remove(entry.key, RemoveOptions()))) co_return false;
    left -= entry.bytes;
    const std::lock_guard lock(mutex_);
    awaited_.erase(entry.key);
  }
  co_return left <= limit_;
}

/// Everything that lies in the cache.
Task<> DiskCache::co_look(std::vector<CacheEntry>& entries) {
  const ListerPtr lister = co_await store_->co_list("", ListOptions());
  std::vector<std::optional<std::filesystem::path>> paths;
  for (;;) {
    const std::vector<ListEntry> page = co_await lister->co_next();
    if (page.empty()) break;
    for (const ListEntry& found : page) {
      CacheEntry& entry = entries.emplace_back();
      entry.key = found.key;
      entry.bytes = found.info.size.value_or(0);
      entry.is_own = is_cache_key(found.key);
      entry.used_ns = nanoseconds_of(found.info.modified);
      paths.push_back(store_->local_path(found.key));
    }
  }
  auto look = [&entries, &paths] {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (paths[i]) entries[i].used_ns = used_ns(*paths[i]);
    }
  };
  co_await runtime_.helpers().co_run(std::move(look));
}

Task<> DiskCache::co_remove_copy(std::string key, std::string etag) {
  std::exception_ptr failed;
  try {
    RemoveOptions options;
    options.if_etag(std::move(etag));
    co_await store_->co_remove(std::move(key), std::move(options));
  } catch (...) {
    failed = std::current_exception();
  }
  // Gone, replaced, or it cannot be removed: the next who reads it finds it damaged again.
  if (failed && to_error(failed).kind() == ErrorKind::cancelled) std::rethrow_exception(failed);
}

Task<> DiskCache::co_begin_to_read(const std::string& key) {
  {
    const std::lock_guard lock(mutex_);
    awaited_.erase(key);
  }
  const std::optional<std::filesystem::path> path = store_->local_path(key);
  if (!path) co_return;
  auto touch = [path = *path] { set_used_now(path); };
  co_await runtime_.helpers().co_run(std::move(touch));
}

std::shared_ptr<DiskCache> make_disk_cache(Runtime& runtime, ProviderPtr store, std::uint64_t limit, CacheTidy tidy) {
  return std::make_shared<DiskCache>(runtime, std::move(store), limit, std::move(tidy));
}

}  // namespace coffer
