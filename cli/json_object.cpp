#include "cli/json_object.hpp"

#include <array>
#include <cstdio>

namespace coffer::cli {
namespace {

/// Bytes of the UTF-8 sequence that begins here; 0 where it is none (RFC 3629: shortest form, no surrogates).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const auto follows = [&](std::size_t at) { return (byte(at) & 0xc0U) == 0x80U; };
  const unsigned first = byte(0);
  const unsigned second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first < 0xf0) {
    const bool right = (first != 0xe0 || second >= 0xa0) && (first != 0xed || second < 0xa0);
    return right && follows(1) && follows(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first < 0xf5) {
    const bool right = (first != 0xf0 || second >= 0x90) && (first != 0xf4 || second < 0x90);
    return right && follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

void append_escaped(std::string& to, char c) {
  switch (c) {
    case '"':
      to += "\\\"";
      return;
    case '\\':
      to += "\\\\";
      return;
    case '\n':
      to += "\\n";
      return;
    case '\r':
      to += "\\r";
      return;
    case '\t':
      to += "\\t";
      return;
    default:
      break;
  }
  if (static_cast<unsigned char>(c) >= 0x20) {
    to += c;
    return;
  }
  std::array<char, 8> escape = {};
  std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned char>(c));
  to += escape.data();
}

void append_string(std::string& to, std::string_view text) {
  to += '"';
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      to += "\xef\xbf\xbd";
    } else if (length == 1) {
      append_escaped(to, text.front());
    } else {
      to += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  to += '"';
}

}  // namespace

void JsonObject::begin(std::string_view name) {
  if (!members_.empty()) members_ += ", ";
  append_string(members_, name);
  members_ += ": ";
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value) {
  begin(name);
  append_string(members_, value);
  return *this;
}

JsonObject& JsonObject::number(std::string_view name, std::uint64_t value) {
  begin(name);
  members_ += std::to_string(value);
  return *this;
}

JsonObject& JsonObject::seconds(std::string_view name, double value) {
  begin(name);
  std::array<char, 64> digits = {};
  std::snprintf(digits.data(), digits.size(), "%.3f", value);
  members_ += digits.data();
  return *this;
}

JsonObject& JsonObject::flag(std::string_view name, bool value) {
  begin(name);
  members_ += value ? "true" : "false";
  return *this;
}

JsonObject& JsonObject::null(std::string_view name) {
  begin(name);
  members_ += "null";
  return *this;
}

JsonObject& JsonObject::object(std::string_view name, const JsonObject& value) {
  begin(name);
  members_ += value.str();
  return *this;
}

JsonObject& JsonObject::texts(std::string_view name, const std::vector<std::string>& values) {
  begin(name);
  members_ += "[";
  for (const std::string& value : values) {
    if (&value != &values.front()) members_ += ", ";
    append_string(members_, value);
  }
  members_ += "]";
  return *this;
}

}  // namespace coffer::cli
