#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <coffer/codec/json_document.hpp>

namespace coffer {

/// A value, or a member's name, which stands before its value. A container's children follow it.
struct TapeNode {
  std::uint32_t begin = 0;   ///< In the text.
  std::uint32_t length = 0;  ///< Of its text, strings with their quotes.
  std::uint32_t next = 0;    ///< The node behind it and all that is in it.
  JsonValue::Kind kind = JsonValue::Kind::null;
  bool escaped = false;  ///< A string with a backslash.
};

struct JsonDocument::Tape {
  std::string padded;  ///< The text, and behind it what simdjson may read beyond it.
  std::size_t length = 0;
  std::vector<TapeNode> nodes;  ///< In the order of the text; the first is the root.

  std::string_view text() const noexcept { return {padded.data(), length}; }
  std::string_view raw(std::uint32_t node) const noexcept {
    return text().substr(nodes[node].begin, nodes[node].length);
  }
  /// Between a string's quotes.
  std::string_view inside(std::uint32_t node) const noexcept {
    const std::string_view quoted = raw(node);
    return quoted.substr(1, quoted.size() - 2);
  }
};

/// The nodes of a member's name and value.
struct JsonMemberNodes {
  std::uint32_t name;
  std::uint32_t value;
};

/// An object's members: a name that stands there twice at its first place, with its last value.
std::vector<JsonMemberNodes> unique_members(const JsonDocument::Tape& tape, std::uint32_t object);

}  // namespace coffer
