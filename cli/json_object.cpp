#include "cli/json_object.hpp"

#include <array>
#include <cstdio>

#include <coffer/base/terminal_text.hpp>

namespace coffer::cli {
namespace {

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
    const TextCharacter next = first_character(text);
    if (!next.code) {
      to += "\xef\xbf\xbd";
    } else if (next.bytes.size() == 1) {
      append_escaped(to, text.front());
    } else {
      to += next.bytes;
    }
    text.remove_prefix(next.bytes.size());
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
