#include "storage/cache_entries.hpp"

#include <algorithm>
#include <tuple>

namespace coffer {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

}  // namespace

std::string cache_key(const Uri& uri) {
  // FNV-1a. Who finds another URI's object under its key knows it by what is kept with it.
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : uri.raw()) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  std::string key;
  for (unsigned shift = 64; shift > 0; shift -= 4) key += hex_digits[(hash >> (shift - 4U)) & 0xfU];
  return key;
}

bool is_cache_key(std::string_view name) noexcept {
  return name.size() == 16 && name.find_first_not_of(hex_digits) == std::string_view::npos;
}

std::vector<CacheEntry> entries_to_evict(std::vector<CacheEntry> entries, std::uint64_t coming, std::uint64_t limit) {
  std::uint64_t left = coming;
  for (const CacheEntry& entry : entries) left += entry.bytes;
  std::erase_if(entries, [](const CacheEntry& entry) { return !entry.is_own; });
  std::sort(entries.begin(), entries.end(), [](const CacheEntry& a, const CacheEntry& b) {
    return std::tie(a.is_awaited, a.used_ns, a.key) < std::tie(b.is_awaited, b.used_ns, b.key);
  });
  std::size_t count = 0;
  for (; count < entries.size() && left > limit; ++count) left -= entries[count].bytes;
  entries.resize(count);
  return entries;
}

}  // namespace coffer
