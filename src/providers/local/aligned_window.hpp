#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <coffer/base/byte_range.hpp>

namespace coffer {

constexpr std::uint64_t aligned_down(std::uint64_t value, std::uint64_t alignment) noexcept {
  return value / alignment * alignment;
}
constexpr std::uint64_t aligned_up(std::uint64_t value, std::uint64_t alignment) noexcept {
  return aligned_down(value + alignment - 1, alignment);
}

/// The aligned read that covers wanted bytes of a file.
struct AlignedWindow {
  std::uint64_t offset = 0;
  std::size_t length = 0;
  std::size_t skip = 0;  ///< Bytes before the first wanted one.

  /// The start of `wanted` in a buffer of `room` bytes, which is a multiple of `alignment`.
  static AlignedWindow over(Extent wanted, std::uint64_t alignment, std::size_t room) noexcept {
    AlignedWindow window;
    window.offset = aligned_down(wanted.offset, alignment);
    window.skip = static_cast<std::size_t>(wanted.offset - window.offset);
    const std::uint64_t all = aligned_up(wanted.end(), alignment) - window.offset;
    window.length = static_cast<std::size_t>(std::min<std::uint64_t>(all, room));
    return window;
  }
  /// Wanted bytes in it, where `wanted` has `length` in all.
  std::size_t covers(std::uint64_t wanted_length) const noexcept {
    return static_cast<std::size_t>(std::min<std::uint64_t>(length - skip, wanted_length));
  }
};

}  // namespace coffer
