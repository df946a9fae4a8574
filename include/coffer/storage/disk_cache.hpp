#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <coffer/async/task.hpp>
#include <coffer/storage/provider.hpp>

namespace coffer {

/// What was read ahead of objects in distant stores and did not fit in memory: whole objects, in a store of their own
/// on a near disk, at most `limit` bytes of them, the least recently read given up first. Several processes may share
/// one; each holds the bound, so that more is there only while another is writing. What is read from it is compared
/// with checksums, block by block, before anybody gets it; what is damaged is dropped and read where it came from.
/// Where nothing can be written to it (a full disk), nothing more is, and nothing fails for it.
class DiskCache;

/// Clears away what killed writers left in a cache; awaited once, before the first object is kept.
using CacheTidy = std::function<Task<>()>;

/// `store` holds nothing else: what does not look like the cache's own is left alone, but counts. Nothing is kept in
/// one that cannot be read before a commit (Capabilities::read_before_commit). The Runtime outlives the cache.
std::shared_ptr<DiskCache> make_disk_cache(Runtime& runtime, ProviderPtr store, std::uint64_t limit,
                                           CacheTidy tidy = nullptr);

}  // namespace coffer
