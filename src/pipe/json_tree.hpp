#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <coffer/base/result.hpp>
#include <coffer/base/source_place.hpp>
#include <coffer/codec/json_document.hpp>

namespace coffer {

/// A small JSON document as a tree whose nodes know where they stand. For documents that people write.
struct JsonNode {
  using Kind = JsonValue::Kind;

  Kind kind = Kind::null;
  SourcePlace place;
  /// The decoded string. Empty for the other kinds.
  std::string text;
  double number = 0;
  bool boolean = false;
  /// Elements of an array, members of an object in the order of the text.
  std::vector<JsonNode> children;
  /// Of a member of an object.
  std::string name;
  SourcePlace name_place;
};

/// The tree of a whole document, whose root is an object. Error{invalid_argument} with line and column: malformed JSON,
/// a member named twice, a number that is none, half of a surrogate pair, more than 16 levels; Error{too_large}: more
/// than `largest` bytes.
Result<JsonNode> parse_json(std::string_view text, std::size_t largest);

/// As a JSON string, quotes included. The text is UTF-8.
std::string json_quoted(std::string_view text);

}  // namespace coffer
