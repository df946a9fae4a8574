#pragma once

#include <string>
#include <vector>

#include <coffer/async/buffer_pool.hpp>
#include <coffer/storage/provider.hpp>

namespace coffer {

/// Ranges that are read with one open: `extent` covers those of `members`, which are indices into what was asked for.
struct RangeGroup {
  Extent extent;
  std::vector<std::size_t> members;
};

/// Puts ranges that lie at most `gap` bytes apart into one group of at most `largest` bytes, in the order of their
/// offsets. No extent is longer than `largest`. Pure.
std::vector<RangeGroup> merge_near(const std::vector<Extent>& extents, std::uint64_t gap, std::uint64_t largest);

/// What one read of the range gives of an object of `size` bytes: at most the largest buffer. Throws
/// Error{range_not_satisfiable}.
Extent extent_of_read(const ByteRange& range, std::uint64_t size);

/// Random access on top of a provider's ranged opens. The provider and the pool outlive the object.
Task<ObjectPtr> co_ranged_object(StorageProvider& provider, BufferPool& pool, std::string key, ReadOptions options);

}  // namespace coffer
