#include "codec/json_strings.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "codec/byte_words.hpp"
#include "codec/utf8.hpp"

namespace coffer {
namespace {

bool is_hex(char c) noexcept { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::uint32_t hex_value(char c) noexcept {
  if (c <= '9') return static_cast<std::uint32_t>(c - '0');
  return static_cast<std::uint32_t>((c | 0x20) - 'a' + 10);
}

constexpr bool is_high(std::uint32_t unit) noexcept { return unit >= 0xD800 && unit < 0xDC00; }
constexpr bool is_low(std::uint32_t unit) noexcept { return unit >= 0xDC00 && unit < 0xE000; }
constexpr std::uint32_t joined(std::uint32_t high, std::uint32_t low) noexcept {
  return 0x10000 + ((high - 0xD800) << 10U) + (low - 0xDC00);
}

/// The UTF-16 unit of the escape at `at`, a backslash, which is moved behind it.
std::uint32_t take_escape(std::string_view inside, std::size_t& at) noexcept {
  const char kind = inside[at + 1];
  at += 2;
  switch (kind) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'u': {
      std::uint32_t unit = 0;
      for (int digit = 0; digit < 4; ++digit) unit = unit << 4U | hex_value(inside[at++]);
      return unit;
    }
    default:
      return static_cast<unsigned char>(kind);
  }
}

/// The character at `at`, which does not begin with ASCII and is moved behind it.
std::uint32_t take_utf8(std::string_view text, std::size_t& at) noexcept {
  const auto lead = static_cast<unsigned char>(text[at++]);
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  std::uint32_t code = lead & (0x3FU >> static_cast<unsigned>(more));
  for (int i = 0; i < more; ++i) code = code << 6U | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  return code;
}

void append_utf8(std::uint32_t code, std::string& out) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6U);
    put(0x80 | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12U);
    put(0x80 | (code >> 6U & 0x3FU));
    put(0x80 | (code & 0x3FU));
  } else {
    put(0xF0 | code >> 18U);
    put(0x80 | (code >> 12U & 0x3FU));
    put(0x80 | (code >> 6U & 0x3FU));
    put(0x80 | (code & 0x3FU));
  }
}

void append_unit(std::uint32_t unit, std::string& out) {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::array<char, 6> escape = {
      '\\', 'u', digits[unit >> 12U], digits[unit >> 8U & 0xFU], digits[unit >> 4U & 0xFU], digits[unit & 0xFU]};
  out.append(escape.data(), escape.size());
}

/// As Python writes it where only ASCII may be written.
void append_ascii(std::uint32_t code, std::string& out) {
  constexpr std::string_view letters = "btnvfr";  // From 0x08 on; 0x0B has no letter in JSON.
  if (code == '"' || code == '\\') {
    out += '\\';
    out += static_cast<char>(code);
  } else if (code >= 0x20 && code < 0x7F) {
    out += static_cast<char>(code);
  } else if (code >= 0x08 && code <= 0x0D && code != 0x0B) {
    out += '\\';
    out += letters[code - 0x08];
  } else if (code < 0x10000) {
    append_unit(code, out);
  } else {
    append_unit(0xD800 + ((code - 0x10000) >> 10U), out);
    append_unit(0xDC00 + ((code - 0x10000) & 0x3FFU), out);
  }
}

constexpr bool is_written_as_it_is(char c) noexcept { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

constexpr bool are_written_as_they_are(std::uint64_t word) noexcept {
  const bool ascii = (word & in_each_byte(0x80)) == 0;
  return ascii && !may_hold_control(word) && !may_hold(word, '"') && !may_hold(word, '\\') && !may_hold(word, 0x7F);
}

/// Where the first byte stands that is not written as it is.
std::size_t behind_plain(std::string_view text, std::size_t at) noexcept {
  while (at + word_bytes <= text.size() && are_written_as_they_are(word_at(text, at))) at += word_bytes;
  while (at < text.size() && is_written_as_it_is(text[at])) ++at;
  return at;
}

/// `escapes`: a backslash begins one, and is no character.
void append_all_ascii(std::string_view text, bool escapes, std::string& out) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = behind_plain(text, at);
    out.append(text.substr(at, end - at));
    at = end;
    if (at == text.size()) break;
    if (escapes && text[at] == '\\') {
      // A pair of escapes stays a pair of escapes, so halves need no joining.
      append_ascii(take_escape(text, at), out);
    } else if (static_cast<unsigned char>(text[at]) < 0x80) {
      append_ascii(static_cast<unsigned char>(text[at++]), out);
    } else {
      append_ascii(take_utf8(text, at), out);
    }
  }
}

}  // namespace

std::optional<std::size_t> find_bad_escape(std::string_view inside) noexcept {
  constexpr std::string_view known = "\"\\/bfnrt";
  for (std::size_t at = inside.find('\\'); at != std::string_view::npos; at = inside.find('\\', at)) {
    if (at + 1 >= inside.size()) return at;
    const char kind = inside[at + 1];
    if (kind == 'u') {
      if (at + 6 > inside.size()) return at;
      for (std::size_t digit = at + 2; digit < at + 6; ++digit) {
        if (!is_hex(inside[digit])) return at;
      }
      at += 6;
    } else if (known.find(kind) != std::string_view::npos) {
      at += 2;
    } else {
      return at;
    }
  }
  return std::nullopt;
}

std::size_t backslashes_before(std::string_view text, std::size_t at) noexcept {
  std::size_t count = 0;
  while (count < at && text[at - 1 - count] == '\\') ++count;
  return count;
}

std::size_t cut_json_string(std::string_view inside) noexcept {
  constexpr std::size_t unit_escape = 6;
  if (backslashes_before(inside, inside.size()) % 2 == 1) return 1;
  for (std::size_t back = 2; back < unit_escape && back <= inside.size(); ++back) {
    const std::string_view end = inside.substr(inside.size() - back);
    if (!end.starts_with("\\u") || backslashes_before(inside, inside.size() - back) % 2 == 1) continue;
    return std::all_of(end.begin() + 2, end.end(), is_hex) ? back : 0;
  }
  return cut_utf8(inside);
}

std::string decode_json_string(std::string_view inside) {
  std::string text;
  text.reserve(inside.size());
  for (std::size_t at = 0; at < inside.size();) {
    const std::size_t escape = std::min(inside.find('\\', at), inside.size());
    text.append(inside.substr(at, escape - at));
    at = escape;
    if (at == inside.size()) break;
    std::uint32_t code = take_escape(inside, at);
    if (is_high(code) && inside.substr(at).starts_with("\\u")) {
      std::size_t behind = at;
      const std::uint32_t low = take_escape(inside, behind);
      if (is_low(low)) {
        code = joined(code, low);
        at = behind;
      }
    }
    append_utf8(code, text);
  }
  return text;
}

void append_ascii_json(std::string_view inside, std::string& out) { append_all_ascii(inside, true, out); }

void JsonEscapesChecker::add(std::string_view inside) {
  for (std::size_t at = 0; at < inside.size();) {
    const std::size_t begin = behind_plain(inside, at);
    if (begin > at) lone_half_ |= std::exchange(high_half_, false);
    at = begin;
    if (at == inside.size()) break;
    if (inside[at] == '\\') {
      const std::uint32_t unit = take_escape(inside, at);
      add_escape(inside.substr(begin, at - begin), unit);
      continue;
    }
    ascii_ = false;
    lone_half_ |= std::exchange(high_half_, false);
    if (static_cast<unsigned char>(inside[at]) < 0x80) {
      ++at;
    } else {
      take_utf8(inside, at);
    }
  }
}

void JsonEscapesChecker::add_escape(std::string_view written, std::uint32_t unit) {
  std::string usual;
  append_ascii(unit, usual);
  ascii_ &= written == usual;
  few_ &= written == usual && (unit < 0x20 || unit == '"' || unit == '\\');
  const bool was_high = std::exchange(high_half_, is_high(unit));
  lone_half_ |= was_high != is_low(unit);
}

void JsonStringDecoder::decode(std::string_view inside, std::string& out) {
  for (std::size_t at = 0; at < inside.size();) {
    const std::size_t escape = std::min(inside.find('\\', at), inside.size());
    out.append(inside.substr(at, escape - at));
    at = escape;
    if (at == inside.size()) break;
    const std::uint32_t unit = take_escape(inside, at);
    if (is_high(unit)) {
      high_half_ = unit;
    } else {
      append_utf8(is_low(unit) ? joined(high_half_, unit) : unit, out);
    }
  }
}

bool is_plain_ascii(std::string_view text) noexcept { return behind_plain(text, 0) == text.size(); }

bool is_wtf8(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    while (at + word_bytes <= text.size() && (word_at(text, at) & in_each_byte(0x80)) == 0) at += word_bytes;
    while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
    if (at == text.size()) break;
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0xC2 || lead > 0xF4) return false;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (at + length > text.size()) return false;
    for (std::size_t i = 1; i < length; ++i) {
      if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U) return false;
    }
    std::size_t behind = at;
    const std::uint32_t code = take_utf8(text, behind);
    if ((length == 3 && code < 0x800) || (length == 4 && (code < 0x10000 || code > 0x10FFFF))) return false;
    at = behind;
  }
  return true;
}

void append_ascii_text(std::string_view text, std::string& out) { append_all_ascii(text, false, out); }

void append_few_escapes_text(std::string_view text, std::string& out) {
  const auto must_be_escaped = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && !must_be_escaped(text[end])) ++end;
    out.append(text.substr(at, end - at));
    if (end < text.size()) append_ascii(static_cast<unsigned char>(text[end++]), out);
    at = end;
  }
}

}  // namespace coffer
