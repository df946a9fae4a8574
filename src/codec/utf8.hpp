#pragma once

#include <cstddef>
#include <string_view>

namespace coffer {

/// Whether it is UTF-8; no surrogates.
bool is_utf8(std::string_view text) noexcept;

/// Where the text stops being UTF-8; its end where it is.
std::size_t first_not_utf8(std::string_view text) noexcept;

/// Bytes of the character that this byte begins; 1 for one that begins none.
constexpr std::size_t utf8_length(char lead) noexcept {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte >= 0xF0) return 4;
  if (byte >= 0xE0) return 3;
  return byte >= 0xC0 ? 2 : 1;
}

/// Bytes at the end that begin a character without ending it: none to three.
constexpr std::size_t cut_utf8(std::string_view text) noexcept {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const char byte = text[text.size() - back];
    if ((static_cast<unsigned char>(byte) & 0xC0U) == 0x80U) continue;
    return utf8_length(byte) > back ? back : 0;
  }
  return 0;
}

/// How many characters begin in it.
std::size_t count_characters(std::string_view text) noexcept;

}  // namespace coffer
