#pragma once

#include <string>
#include <string_view>

namespace coffer {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Other bytes than A to Z stay what they are, whatever the locale.
inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace coffer
