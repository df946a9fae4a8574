#pragma once

#include <optional>
#include <string_view>

namespace coffer {

/// A character of UTF-8, or a byte that is part of none.
struct TextCharacter {
  std::string_view bytes;
  std::optional<char32_t> code;  ///< Nothing for such a byte.
};

/// The first one of a text that is not empty.
TextCharacter first_character(std::string_view text) noexcept;

/// Whether a terminal would obey it: C0, DEL, C1 (as a bare byte too, for terminals that take it for that), and what
/// turns the direction of the text around it.
bool drives_terminal(const TextCharacter& character) noexcept;

}  // namespace coffer
