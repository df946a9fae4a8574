#include "codec/utf8.hpp"

#include <simdjson.h>

#include "codec/byte_words.hpp"

namespace coffer {

bool is_utf8(std::string_view text) noexcept { return simdjson::validate_utf8(text.data(), text.size()); }

std::size_t first_not_utf8(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = utf8_length(text[at]);
    if (at + length > text.size() || !is_utf8(text.substr(at, length))) return at;
    at += length;
  }
  return at;
}

std::size_t count_characters(std::string_view text) noexcept {
  std::size_t continuations = 0;
  std::size_t at = 0;
  for (; at + word_bytes <= text.size(); at += word_bytes) {
    const std::uint64_t word = word_at(text, at);
    // 10 in the upper bits: a 1 for each such byte, which the product adds up in its highest byte.
    continuations += (word >> 7U & ~(word >> 6U) & in_each_byte(0x01)) * in_each_byte(0x01) >> 56U;
  }
  for (; at < text.size(); ++at) continuations += (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U ? 1 : 0;
  return text.size() - continuations;
}

}  // namespace coffer
