#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <coffer/base/uri.hpp>

namespace coffer {

/// The name in a cache of the object of a URI: sixteen hexadecimal digits.
std::string cache_key(const Uri& uri);
bool is_cache_key(std::string_view name) noexcept;

/// One object of a cache: what it takes, and when it was last read.
struct CacheEntry {
  std::string key;
  std::uint64_t bytes = 0;
  std::int64_t used_ns = 0;
  bool is_own = true;       ///< Not what somebody else put there: that stays.
  bool is_awaited = false;  ///< Kept by this process, and not read by it yet.
};

/// Which go, so that `coming` bytes more keep the limit, as far as they can: the least recently read first,
/// and what is awaited after all others. Pure.
std::vector<CacheEntry> entries_to_evict(std::vector<CacheEntry> entries, std::uint64_t coming, std::uint64_t limit);

}  // namespace coffer
