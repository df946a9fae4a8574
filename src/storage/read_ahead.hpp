#pragma once

#include <cstdint>
#include <memory>

#include <coffer/storage/disk_cache.hpp>
#include <coffer/storage/provider_registry.hpp>

#include "storage/near_memory.hpp"

namespace coffer {

/// Where what is read ahead goes.
struct AheadPlan {
  std::uint64_t memory = 0;  ///< Bytes, from the start of what is wanted.
  bool disk = false;         ///< All of the object; then nothing goes to memory.
  friend bool operator==(const AheadPlan&, const AheadPlan&) = default;
};

/// What a store and an object are like that is to be read ahead.
struct AheadFacts {
  Distance distance = Distance::network;
  std::uint64_t size = 0;         ///< Of the object.
  Extent wanted;                  ///< In the object.
  std::uint64_t memory_room = 0;  ///< Bytes.
  std::uint64_t disk_limit = 0;   ///< Bytes; 0 where there is no disk for it.
};

/// Into memory where it has room for all of it; else onto the disk, where all of a distant object is wanted and fits
/// there; else as much into memory as fits. Pure.
AheadPlan plan_ahead(const AheadFacts& facts) noexcept;

/// What a Storage has read ahead, and how it is found again. Thread-safe. The Runtime outlives it.
class ReadAhead {
 public:
  /// `cache` may be null.
  ReadAhead(Runtime& runtime, std::shared_ptr<DiskCache> cache);

  /// Bytes of objects of such a store that can be near.
  std::uint64_t limit(Distance distance) const noexcept;
  /// Throws what the store throws. See Storage::co_prefetch.
  Task<Prefetched> co_read(ProviderRegistry::Place place, ByteRange range);
  /// Of memory.
  void drop(const Uri& uri) { memory_->drop(uri); }
  /// The object from what is near of it; null where nothing is, or it is another by now, or the options are not for
  /// this to judge. Throws Error{cancelled} alone.
  Task<SourcePtr> co_open(ProviderRegistry::Place place, ReadOptions options);

 private:
  std::uint64_t disk_limit(Distance distance) const noexcept;
  Task<bool> co_keep(const ProviderRegistry::Place& place, const ObjectInfo& info);
  Task<std::uint64_t> co_fill(const ProviderRegistry::Place& place, const ObjectInfo& info, Extent extent);
  Task<> co_fill_part(const ProviderRegistry::Place& place, const ObjectInfo& info, NearPart& part);
  bool append(NearPart& part, Chunk chunk, BudgetShare& share);
  bool memory_is_short() const;

  Runtime& runtime_;
  const std::shared_ptr<NearMemory> memory_;
  const std::shared_ptr<DiskCache> cache_;
};

}  // namespace coffer
