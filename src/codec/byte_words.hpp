#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace coffer {

// Eight bytes of a text at a time.

inline constexpr std::size_t word_bytes = sizeof(std::uint64_t);

constexpr std::uint64_t in_each_byte(std::uint8_t byte) noexcept { return 0x0101'0101'0101'0101U * byte; }

inline std::uint64_t word_at(std::string_view text, std::size_t at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, text.data() + at, word_bytes);
  return word;
}

/// Whether one of the eight bytes is this one. Sometimes true where one only follows it: then the bytes are looked at.
constexpr bool may_hold(std::uint64_t word, std::uint8_t byte) noexcept {
  const std::uint64_t zero_there = word ^ in_each_byte(byte);
  return ((zero_there - in_each_byte(0x01)) & ~zero_there & in_each_byte(0x80)) != 0;
}

/// Whether one of the eight bytes is below 0x20. Sometimes true where one only follows such a byte.
constexpr bool may_hold_control(std::uint64_t word) noexcept {
  return ((word - in_each_byte(0x20)) & ~word & in_each_byte(0x80)) != 0;
}

}  // namespace coffer
