#include "pipe/json_tree.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <unordered_set>
#include <utility>

#include <simdjson.h>

#include "codec/text_places.hpp"

namespace coffer {
namespace {

constexpr std::size_t deepest = 16;

class TreeReader {
 public:
  explicit TreeReader(const JsonDocument& document) : text_(document.text()), places_(text_) {}

  Result<JsonNode> read(JsonValue root) {
    JsonNode node;
    if (root.kind() != JsonNode::Kind::object)
      return malformed(place_of(root), "the document must be an object: {...}");
    read_value(root, node);
    if (error_) return *error_;
    return node;
  }

 private:
  static Error malformed(SourcePlace place, std::string_view what) {
    return Error(ErrorKind::invalid_argument, place_text(place) + ": " + std::string(what));
  }

  SourcePlace place_of(JsonValue value) {
    return places_.at(static_cast<std::size_t>(value.raw().data() - text_.data()));
  }

  /// Keeps the first error; always false.
  bool fail(SourcePlace place, std::string_view what) {
    if (!error_) error_ = malformed(place, what);
    return false;
  }

  bool read_value(JsonValue value, JsonNode& into) {
    into.kind = value.kind();
    into.place = place_of(value);
    switch (into.kind) {
      case JsonNode::Kind::object:
        return read_object(value, into);
      case JsonNode::Kind::array:
        for (const JsonValue element : value.elements().value()) {
          if (!read_value(element, into.children.emplace_back())) return false;
        }
        return true;
      case JsonNode::Kind::string:
        return read_text(value, into.place, into.text);
      case JsonNode::Kind::number:
        into.number = value.number().value();
        return std::isfinite(into.number) || fail(into.place, "not a number that JSON and 64 bits can hold");
      case JsonNode::Kind::boolean:
        into.boolean = value.boolean().value();
        return true;
      case JsonNode::Kind::null:
        return true;
    }
    return true;
  }

  bool read_object(JsonValue object, JsonNode& into) {
    std::unordered_set<std::string> names;
    for (const JsonValue::Member& member : object.members_as_written().value()) {
      JsonNode child;
      child.name_place = place_of(member.name);
      if (!read_text(member.name, child.name_place, child.name)) return false;
      if (!names.insert(child.name).second) return fail(child.name_place, json_quoted(child.name) + " is there twice");
      if (!read_value(member.value, child)) return false;
      into.children.push_back(std::move(child));
    }
    return true;
  }

  bool read_text(JsonValue string, SourcePlace place, std::string& into) {
    into = string.string().value();
    return simdjson::validate_utf8(into) || fail(place, "a string with half of a surrogate pair");
  }

  std::string_view text_;
  TextPlaces places_;
  std::optional<Error> error_;
};

}  // namespace

Result<JsonNode> parse_json(std::string_view text, std::size_t largest) {
  const Result<JsonDocument> document =
      JsonDocument::parse(std::string(text), JsonLimits().depth(deepest).bytes(largest));
  if (!document) return document.error();
  return TreeReader(*document).read(document->root());
}

std::string json_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", byte);
      quoted += escape.data();
    } else {
      quoted += c;
    }
  }
  quoted += '"';
  return quoted;
}

}  // namespace coffer
