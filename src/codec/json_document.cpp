#include <string>
#include <unordered_map>
#include <utility>

#include <coffer/base/byte_size.hpp>
#include <coffer/codec/json_document.hpp>

#include "codec/json_strings.hpp"
#include "codec/json_tape.hpp"
#include "codec/json_tape_reader.hpp"
#include "codec/json_words.hpp"
#include "codec/text_places.hpp"

namespace coffer {
namespace {

Error not_a(std::string_view wanted, const JsonValue& value) {
  return Error(ErrorKind::invalid_argument, place_text(value.place()) + ": " + std::string(wanted) +
                                                " must stand here, not " + std::string(to_string(value.kind())));
}

/// What a name says, without a copy where it is written as it is.
std::string_view name_of(const JsonDocument::Tape& tape, std::uint32_t node, std::string& decoded) {
  if (!tape.nodes[node].escaped) return tape.inside(node);
  decoded = decode_json_string(tape.inside(node));
  return decoded;
}

/// So many names are compared faster each with each than by a table.
constexpr std::size_t few_members = 16;

bool have_plain_unique_names(const JsonDocument::Tape& tape, const std::vector<JsonMemberNodes>& members) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (tape.nodes[members[i].name].escaped) return false;
    for (std::size_t j = 0; j < i; ++j) {
      if (tape.inside(members[i].name) == tape.inside(members[j].name)) return false;
    }
  }
  return true;
}

std::vector<JsonMemberNodes> all_members(const JsonDocument::Tape& tape, std::uint32_t object) {
  std::vector<JsonMemberNodes> members;
  for (std::uint32_t at = object + 1; at < tape.nodes[object].next; at = tape.nodes[at + 1].next) {
    members.push_back({at, at + 1});
  }
  return members;
}

}  // namespace

std::vector<JsonMemberNodes> unique_members(const JsonDocument::Tape& tape, std::uint32_t object) {
  std::vector<JsonMemberNodes> members = all_members(tape, object);
  if (members.size() <= few_members && have_plain_unique_names(tape, members)) return members;
  std::unordered_map<std::string, std::size_t> places;
  std::vector<JsonMemberNodes> unique;
  unique.reserve(members.size());
  std::string decoded;
  for (const JsonMemberNodes& member : members) {
    const auto [place, is_new] = places.try_emplace(std::string(name_of(tape, member.name, decoded)), unique.size());
    if (is_new) {
      unique.push_back(member);
    } else {
      unique[place->second].value = member.value;
    }
  }
  return unique;
}

Result<JsonDocument> JsonDocument::parse(std::string text, JsonLimits limits) {
  if (text.size() > limits.bytes()) {
    return Error(ErrorKind::too_large, "a JSON document of " + format_byte_size(text.size()) +
                                           "; the most that is read is " + format_byte_size(limits.bytes()));
  }
  auto tape = std::make_unique<Tape>();
  tape->length = text.size();
  text.resize(text.size() + read_beyond);
  tape->padded = std::move(text);
  if (auto error = read_tape(*tape, limits)) return std::move(*error);
  return JsonDocument(std::move(tape));
}

JsonDocument::JsonDocument(std::unique_ptr<const Tape> tape) : tape_(std::move(tape)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

JsonValue JsonDocument::root() const noexcept { return {tape_.get(), 0}; }
std::string_view JsonDocument::text() const noexcept { return tape_->text(); }

JsonValue::Kind JsonValue::kind() const noexcept { return tape_->nodes[node_].kind; }
std::string_view JsonValue::raw() const noexcept { return tape_->raw(node_); }

Result<std::string> JsonValue::string() const {
  if (kind() != Kind::string) return not_a("a string", *this);
  std::string decoded;
  return std::string(name_of(*tape_, node_, decoded));
}

Result<bool> JsonValue::boolean() const {
  if (kind() != Kind::boolean) return not_a("true or false", *this);
  return raw() == "true";
}

Result<double> JsonValue::number() const {
  if (kind() != Kind::number) return not_a("a number", *this);
  return nearest_double(raw());
}

Result<std::int64_t> JsonValue::integer() const {
  if (kind() != Kind::number) return not_a("a whole number", *this);
  if (const auto integer = whole_number(raw())) return *integer;
  return Error(ErrorKind::invalid_argument,
               place_text(place()) + ": a whole number must stand here that 64 bits can hold");
}

Result<std::vector<JsonValue>> JsonValue::elements() const {
  if (kind() != Kind::array) return not_a("a list", *this);
  std::vector<JsonValue> values;
  for (std::uint32_t at = node_ + 1; at < tape_->nodes[node_].next; at = tape_->nodes[at].next) {
    values.push_back(JsonValue(tape_, at));
  }
  return values;
}

std::vector<JsonValue::Member> JsonValue::values_of(const std::vector<JsonMemberNodes>& nodes) const {
  std::vector<Member> members;
  members.reserve(nodes.size());
  for (const JsonMemberNodes& member : nodes) {
    members.push_back({JsonValue(tape_, member.name), JsonValue(tape_, member.value)});
  }
  return members;
}

Result<std::vector<JsonValue::Member>> JsonValue::members() const {
  if (kind() != Kind::object) return not_a("an object", *this);
  return values_of(unique_members(*tape_, node_));
}

Result<std::vector<JsonValue::Member>> JsonValue::members_as_written() const {
  if (kind() != Kind::object) return not_a("an object", *this);
  return values_of(all_members(*tape_, node_));
}

std::optional<JsonValue> JsonValue::find(std::string_view name) const {
  if (kind() != Kind::object) return std::nullopt;
  std::optional<JsonValue> found;
  std::string decoded;
  for (std::uint32_t at = node_ + 1; at < tape_->nodes[node_].next; at = tape_->nodes[at + 1].next) {
    if (name_of(*tape_, at, decoded) == name) found = JsonValue(tape_, at + 1);
  }
  return found;
}

SourcePlace JsonValue::place() const { return TextPlaces(tape_->text()).at(tape_->nodes[node_].begin); }

std::string_view to_string(JsonValue::Kind kind) noexcept {
  switch (kind) {
    case JsonValue::Kind::null:
      return "null";
    case JsonValue::Kind::boolean:
      return "true or false";
    case JsonValue::Kind::number:
      return "a number";
    case JsonValue::Kind::string:
      return "a string";
    case JsonValue::Kind::array:
      return "a list";
    case JsonValue::Kind::object:
      return "an object";
  }
  return "";
}

}  // namespace coffer
