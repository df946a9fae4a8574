#include <array>
#include <cstddef>

#include <coffer/base/terminal_text.hpp>

namespace coffer {
namespace {

/// Bytes of a character by its first one; 0 for a byte that begins none.
constexpr std::size_t announced_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

// The least code that needs so many bytes.
constexpr std::array<char32_t, 5> least_code = {0, 0, 0x80, 0x800, 0x10000};

bool is_scalar(char32_t code) { return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff); }

}  // namespace

TextCharacter first_character(std::string_view text) noexcept {
  const TextCharacter stray = {text.substr(0, 1), std::nullopt};
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = announced_length(lead);
  if (length == 0 || length > text.size()) return stray;
  char32_t code = length == 1 ? lead : lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0U) != 0x80U) return stray;
    code = code << 6U | (byte & 0x3fU);
  }
  if (code < least_code[length] || !is_scalar(code)) return stray;
  return {text.substr(0, length), code};
}

bool drives_terminal(const TextCharacter& character) noexcept {
  const char32_t code = character.code.value_or(static_cast<unsigned char>(character.bytes.front()));
  const bool is_control = code < 0x20 || (code >= 0x7f && code <= 0x9f);
  const bool turns_text = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
  return is_control || turns_text;
}

}  // namespace coffer
