#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace coffer::test {

/// Bytes that repeat nowhere near, other ones for each seed; fewer of them are the first of more.
inline std::string sample_bytes(std::size_t size, std::uint32_t seed = 0) {
  // Eight bytes a step (splitmix64): a sanitizer looks at each write, and megabytes of them are asked for.
  constexpr std::size_t step = sizeof(std::uint64_t);
  std::string bytes(size, '\0');
  std::uint64_t state = 0x9e3779b97f4a7c15U * (seed + 1ULL);
  for (std::size_t at = 0; at < size; at += step) {
    state += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = (state ^ (state >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    mixed ^= mixed >> 31U;
    std::memcpy(bytes.data() + at, &mixed, std::min(step, size - at));
  }
  return bytes;
}

}  // namespace coffer::test
