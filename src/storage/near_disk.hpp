#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <coffer/storage/disk_cache.hpp>
#include <coffer/storage/live_object.hpp>

#include "async/signal.hpp"
#include "storage/cache_entries.hpp"

namespace coffer {

/// One object as it lies in the cache, or is on its way there.
class CachedObject {
 public:
  CachedObject() = default;
  CachedObject(const CachedObject&) = delete;
  CachedObject& operator=(const CachedObject&) = delete;
  virtual ~CachedObject() = default;

  /// Whether it is this object, as it is now.
  virtual bool is(const ObjectInfo& info) const = 0;
  /// Whether all of it is there.
  virtual bool is_whole() const = 0;
  /// Whether a reader who begins at `offset` gets bytes at once, or soon.
  virtual bool has(std::uint64_t offset) const = 0;
  /// `extent` lies in the object. Throws where the cache cannot give it, then or later.
  virtual Task<SourcePtr> co_open(ObjectInfo info, Extent extent) = 0;
  /// Nobody finds it any more. Does not throw but Error{cancelled}.
  virtual Task<> co_drop() = 0;
};

/// See disk_cache.hpp. Thread-safe. No call throws an Error of the cache's own store.
class DiskCache : public std::enable_shared_from_this<DiskCache> {
 public:
  DiskCache(Runtime& runtime, ProviderPtr store, std::uint64_t limit, CacheTidy tidy);

  std::uint64_t limit() const noexcept { return limit_; }
  /// Nothing more is kept: its store refused something.
  bool is_off() const noexcept { return off_; }

  /// What there is of the object of this URI, of whatever age; null where there is nothing.
  Task<std::shared_ptr<CachedObject>> co_find(Uri uri);
  /// Keeps what `source` gives, all of the object `info`. False where the cache did not take it. Throws what the source
  /// throws. `source` outlives it.
  Task<bool> co_keep(ObjectInfo info, ByteSource& source);

 private:
  class Kept;
  class Coming;
  class Filling;
  class Tidying;
  struct Fill {
    ObjectInfo info;
    LiveObjectPtr live;
  };

  Task<bool> co_store(std::uint64_t size, LiveObject& live, ByteSource& source);
  Task<bool> co_own(Task<> task);
  Task<bool> co_tidy_once();
  Task<bool> co_make_room();
  Task<> co_look(std::vector<CacheEntry>& entries);
  Task<> co_remove_copy(std::string key, std::string etag);
  Task<> co_begin_to_read(const std::string& key);

  Runtime& runtime_;
  const ProviderPtr store_;
  Storage storage_;
  const std::uint64_t limit_;
  const CacheTidy tidy_;
  std::atomic<bool> off_;
  std::mutex mutex_;
  enum class Tidied : std::uint8_t { not_yet, going_on, done };
  Tidied tidied_ = Tidied::not_yet;
  Signal tidy_ended_;
  std::set<std::string> awaited_;      // Keys of what was kept and is not yet read.
  std::map<std::string, Fill> fills_;  // By key.
  std::uint64_t coming_ = 0;           // Bytes of all of them.
};

}  // namespace coffer
