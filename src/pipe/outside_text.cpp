#include "pipe/outside_text.hpp"

#include <array>
#include <cstdio>

#include "codec/utf8.hpp"

namespace coffer {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// `put(character)` for each character, which has a byte or more; U+FFFD in the place of each byte that begins none.
template <class Put>
void each_character(std::string_view text, Put put) {
  while (!text.empty()) {
    const std::string_view right = text.substr(0, first_not_utf8(text));
    for (std::size_t at = 0; at < right.size(); at += utf8_length(right[at])) {
      put(right.substr(at, utf8_length(right[at])));
    }
    text.remove_prefix(right.size());
    if (text.empty()) return;
    put(replacement);
    text.remove_prefix(1);
  }
}

/// C0, DEL, and C1, which is C2 80 to C2 9F.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

/// U+2400 and on for C0, U+2421 for DEL.
std::string picture_of(std::string_view control) {
  if (control.size() > 1) return std::string(replacement);
  const auto byte = static_cast<unsigned char>(control[0]);
  return {'\xE2', '\x90', static_cast<char>(0x80U + (byte == 0x7F ? 0x21U : byte))};
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string html;
  html.reserve(text.size());
  each_character(text, [&](std::string_view character) {
    if (character == "&") {
      html += "&amp;";
    } else if (character == "<") {
      html += "&lt;";
    } else if (character == ">") {
      html += "&gt;";
    } else if (character == "\"") {
      html += "&quot;";
    } else if (character == "'") {
      html += "&#39;";
    } else if (is_control(character) && character != "\n" && character != "\t") {
      html += picture_of(character);
    } else {
      html += character;
    }
  });
  return html;
}

std::string json_text(std::string_view text) {
  std::string json = "\"";
  each_character(text, [&](std::string_view character) {
    const auto byte = static_cast<unsigned char>(character[0]);
    const bool escapes =
        is_control(character) || std::string_view("\"\\<>&'").find(character) != std::string_view::npos;
    if (!escapes) {
      json += character;
      return;
    }
    const unsigned code = character.size() > 1 ? static_cast<unsigned char>(character[1]) : byte;
    std::array<char, 8> escape{};
    std::snprintf(escape.data(), escape.size(), "\\u%04x", code);
    json += escape.data();
  });
  return json + "\"";
}

}  // namespace coffer
