#include "pipe/json_tree.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <unordered_set>

#include <simdjson.h>

namespace coffer {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t largest_document = std::size_t{1} << 20U;
constexpr int deepest = 16;

/// Turns offsets into places. Offsets mostly grow, so that a document is counted through once.
class PlaceFinder {
 public:
  explicit PlaceFinder(std::string_view text) : text_(text) {}

  SourcePlace at(std::size_t offset) {
    offset = std::min(offset, text_.size());
    if (offset < offset_) {
      offset_ = 0;
      place_ = start;
    }
    for (; offset_ < offset; ++offset_) {
      const auto byte = static_cast<unsigned char>(text_[offset_]);
      if (byte == '\n') {
        ++place_.line;
        place_.column = 1;
      } else if ((byte & 0xC0U) != 0x80U) {  // Continuation bytes of UTF-8 belong to the character before.
        ++place_.column;
      }
    }
    // Inside a character: its own place, not the next one's.
    const bool inside = offset < text_.size() && (static_cast<unsigned char>(text_[offset]) & 0xC0U) == 0x80U;
    SourcePlace place = place_;
    if (inside && place.column > 1) --place.column;
    return place;
  }

 private:
  static constexpr SourcePlace start = {1, 1};
  std::string_view text_;
  std::size_t offset_ = 0;
  SourcePlace place_ = start;
};

Error malformed(SourcePlace place, std::string_view what) {
  return Error(ErrorKind::invalid_argument, place_text(place) + ": " + std::string(what));
}

/// Where the text stops being UTF-8; its end where it is.
std::size_t first_not_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    std::size_t length = 1;
    if (lead >= 0xF0)
      length = 4;
    else if (lead >= 0xE0)
      length = 3;
    else if (lead >= 0xC0)
      length = 2;
    if (at + length > text.size() || !simdjson::validate_utf8(text.data() + at, length)) return at;
    at += length;
  }
  return at;
}

/// What is wrong with the strings of a text of which simdjson only says that something is: a control character inside
/// one, or one that does not end. Nothing where they are right.
std::optional<Error> find_bad_string(std::string_view text, PlaceFinder& places) {
  std::optional<std::size_t> open;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!open) {
      if (c == '"') open = i;
      if (c == '\\') return malformed(places.at(i), "a backslash outside of a string");
    } else if (c == '"') {
      open.reset();
    } else if (c == '\\') {
      ++i;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      return malformed(places.at(i),
                       c == '\n' ? "a string does not end on its line" : "a control character inside a string");
    }
  }
  if (open) return malformed(places.at(*open), "a string without an end");
  return std::nullopt;
}

class TreeReader {
 public:
  explicit TreeReader(std::string_view text) : padded_(text), text_(padded_.data(), padded_.size()), places_(text_) {}

  Result<JsonNode> read() {
    if (text_.size() > largest_document) return Error(ErrorKind::too_large, "a document of more than 1 MiB");
    simdjson::error_code code = parser_.iterate(padded_).get(document_);
    if (code) return not_json(code);
    is_open_ = true;
    ondemand::object root;
    code = document_.get_object().get(root);
    if (code) {
      if (code == simdjson::INCORRECT_TYPE) return malformed(here(), "the document must be an object: {...}");
      return not_json(code);
    }
    JsonNode node;
    node.kind = JsonNode::Kind::object;
    node.place = places_.at(std::min(text_.find('{'), text_.size()));
    read_object(root, node, 1);
    if (error_) return *error_;
    const char* rest = nullptr;
    if (document_.current_location().get(rest) == simdjson::SUCCESS) {
      return malformed(place_of(rest), "text behind the end of the document");
    }
    return node;
  }

 private:
  SourcePlace place_of(const char* where) { return places_.at(static_cast<std::size_t>(where - text_.data())); }

  SourcePlace here() {
    const char* where = nullptr;
    if (!is_open_) return places_.at(0);
    if (document_.current_location().get(where) != simdjson::SUCCESS) return places_.at(text_.size());
    return place_of(where);
  }

  Error not_json(simdjson::error_code code) {
    if (code == simdjson::UTF8_ERROR) return malformed(places_.at(first_not_utf8(text_)), "not UTF-8");
    if (auto bad = find_bad_string(text_, places_)) return *bad;
    if (code == simdjson::EMPTY) return malformed(places_.at(0), "the document is empty");
    return malformed(here(), std::string("not JSON: ") + simdjson::error_message(code));
  }

  /// Keeps the first error; always false.
  bool fail(Error error) {
    if (!error_) error_ = std::move(error);
    return false;
  }

  bool read_object(ondemand::object& object, JsonNode& into, int depth) {
    std::unordered_set<std::string> names;
    for (auto member : object) {
      ondemand::field field;
      if (const auto code = std::move(member).get(field)) return fail(not_json(code));
      JsonNode child;
      child.name_place = place_of(field.key().raw() - 1);  // raw() begins behind the quote.
      std::string_view name;
      if (const auto code = field.unescaped_key().get(name)) return fail(malformed(child.name_place, bad_string(code)));
      child.name = std::string(name);
      if (!names.insert(child.name).second)
        return fail(malformed(child.name_place, json_quoted(child.name) + " is there twice"));
      ondemand::value value = std::move(field).value();
      if (!read_value(value, child, depth)) return false;
      into.children.push_back(std::move(child));
    }
    return true;
  }

  bool read_array(ondemand::array& array, JsonNode& into, int depth) {
    for (auto element : array) {
      ondemand::value value;
      if (const auto code = std::move(element).get(value)) return fail(not_json(code));
      JsonNode child;
      if (!read_value(value, child, depth)) return false;
      into.children.push_back(std::move(child));
    }
    return true;
  }

  bool read_value(ondemand::value& value, JsonNode& into, int depth) {
    into.place = place_of(value.raw_json_token().data());
    ondemand::json_type type;
    if (value.type().get(type)) return fail(malformed(into.place, "not JSON: a value must stand here"));
    switch (type) {
      case ondemand::json_type::object: {
        into.kind = JsonNode::Kind::object;
        if (depth >= deepest) return fail(malformed(into.place, "more than 16 levels"));
        ondemand::object object;
        if (const auto code = value.get_object().get(object)) return fail(not_json(code));
        return read_object(object, into, depth + 1);
      }
      case ondemand::json_type::array: {
        into.kind = JsonNode::Kind::array;
        if (depth >= deepest) return fail(malformed(into.place, "more than 16 levels"));
        ondemand::array array;
        if (const auto code = value.get_array().get(array)) return fail(not_json(code));
        return read_array(array, into, depth + 1);
      }
      case ondemand::json_type::string: {
        into.kind = JsonNode::Kind::string;
        std::string_view text;
        if (const auto code = value.get_string().get(text)) return fail(malformed(into.place, bad_string(code)));
        into.text = std::string(text);
        return true;
      }
      case ondemand::json_type::number:
        return read_number(value, into);
      case ondemand::json_type::boolean:
        into.kind = JsonNode::Kind::boolean;
        if (value.get_bool().get(into.boolean)) return fail(malformed(into.place, "not JSON: a value must stand here"));
        return true;
      case ondemand::json_type::null: {
        into.kind = JsonNode::Kind::null;
        bool null = false;
        if (value.is_null().get(null) || !null) return fail(malformed(into.place, "not JSON: a value must stand here"));
        return true;
      }
    }
    return fail(malformed(into.place, "not JSON: a value must stand here"));
  }

  bool read_number(ondemand::value& value, JsonNode& into) {
    into.kind = JsonNode::Kind::number;
    ondemand::number number;
    if (value.get_number().get(number))
      return fail(malformed(into.place, "not a number that JSON and 64 bits can hold"));
    into.number = number.as_double();
    return true;
  }

  static std::string bad_string(simdjson::error_code code) {
    return code == simdjson::STRING_ERROR
               ? "a string with an escape that JSON does not have, or half of a surrogate pair"
               : std::string("a bad string: ") + simdjson::error_message(code);
  }

  simdjson::padded_string padded_;
  std::string_view text_;
  PlaceFinder places_;
  ondemand::parser parser_;
  ondemand::document document_;
  bool is_open_ = false;  // Else the document must not be asked where it is.
  std::optional<Error> error_;
};

}  // namespace

std::string_view to_string(JsonNode::Kind kind) noexcept {
  switch (kind) {
    case JsonNode::Kind::null:
      return "null";
    case JsonNode::Kind::boolean:
      return "true or false";
    case JsonNode::Kind::number:
      return "a number";
    case JsonNode::Kind::string:
      return "a string";
    case JsonNode::Kind::array:
      return "a list";
    case JsonNode::Kind::object:
      return "an object";
  }
  return "";
}

std::string place_text(SourcePlace place) {
  if (!place.known()) return "";
  return "line " + std::to_string(place.line) + ", column " + std::to_string(place.column);
}

Result<JsonNode> parse_json(std::string_view text) { return TreeReader(text).read(); }

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
