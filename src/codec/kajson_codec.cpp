#include <cmath>
#include <limits>
#include <string>

#include <coffer/codec/kajson_codec.hpp>

#include "codec/json_strings.hpp"

namespace coffer {
namespace {

std::string kind_refused(std::string_view wanted, JsonValue value) {
  return std::string(wanted) + " must stand here, not " + std::string(to_string(value.kind()));
}

/// The string value of a tag; nothing where it is missing or no string.
std::optional<std::string> tag_of(JsonValue object, std::string_view tag) {
  const std::optional<JsonValue> value = object.find(tag);
  if (!value || value->kind() != JsonValue::Kind::string) return std::nullopt;
  return value->string().value();
}

}  // namespace

KajsonOpaque::KajsonOpaque() : KajsonOpaque(JsonDocument::parse("null").value()) {}
KajsonOpaque::KajsonOpaque(JsonDocument document)
    : document_(std::make_shared<const JsonDocument>(std::move(document))) {}

KajsonOpaque KajsonCodec<KajsonOpaque>::read(JsonValue value, const KajsonPath& /*path*/) {
  // It was read as a part of a whole that was within the limits.
  return KajsonOpaque(
      JsonDocument::parse(std::string(value.raw()), JsonLimits().bytes(JsonLimits::most_bytes)).value());
}

namespace kajson_detail {

void need_kind(JsonValue value, JsonValue::Kind kind, const KajsonPath& path) {
  if (value.kind() != kind) path.refuse(value, kind_refused(to_string(kind), value));
}

std::string read_string(JsonValue value, const KajsonPath& path) {
  need_kind(value, JsonValue::Kind::string, path);
  return value.string().value();
}

bool read_boolean(JsonValue value, const KajsonPath& path) {
  need_kind(value, JsonValue::Kind::boolean, path);
  return value.boolean().value();
}

double read_number(JsonValue value, const KajsonPath& path, double most) {
  need_kind(value, JsonValue::Kind::number, path);
  const double number = value.number().value();
  if (std::abs(number) <= most || value.raw().ends_with("Infinity") || value.raw() == "NaN") return number;
  path.refuse(value, "a number that is too large for its type");
}

std::int64_t read_integer(JsonValue value, const KajsonPath& path, std::int64_t least, std::int64_t most) {
  need_kind(value, JsonValue::Kind::number, path);
  const Result<std::int64_t> integer = value.integer();
  if (integer && *integer >= least && *integer <= most) return *integer;
  path.refuse(value,
              "a whole number from " + std::to_string(least) + " to " + std::to_string(most) + " must stand here");
}

std::uint64_t read_natural(JsonValue value, const KajsonPath& path, std::uint64_t most) {
  need_kind(value, JsonValue::Kind::number, path);
  const std::optional<std::uint64_t> natural = value.natural();
  if (natural && *natural <= most) return *natural;
  path.refuse(value, "a whole number from 0 to " + std::to_string(most) + " must stand here");
}

std::string_view name_of(JsonValue name, std::string& decoded) {
  const std::string_view quoted = name.raw();
  const std::string_view inside = quoted.substr(1, quoted.size() - 2);
  if (inside.find('\\') == std::string_view::npos) return inside;
  decoded = decode_json_string(inside);
  return decoded;
}

bool is_tag(std::string_view name) noexcept { return name == "__class__" || name == "__module__"; }

void check_class(JsonValue object, std::string_view name, std::string_view module, const KajsonPath& path) {
  const std::optional<std::string> its_name = tag_of(object, "__class__");
  const std::optional<std::string> its_module = tag_of(object, "__module__");
  if (!its_name || !its_module) return;
  if (*its_name == name && *its_module == module) return;
  path.refuse(object, "a " + std::string(name) + " of " + std::string(module) + " must stand here, not a " + *its_name +
                          " of " + *its_module);
}

void refuse_missing(JsonValue object, std::string_view name, const KajsonPath& path) {
  path.refuse(object, "the member " + std::string(name) + " is missing");
}

void write_string(KajsonWriter& writer, std::string_view text, const KajsonPath& path) {
  if (!writer.string(text)) path.refuse("a string that is not UTF-8");
}

void write_name(KajsonWriter& writer, std::string_view name, const KajsonPath& path) {
  if (!writer.name(name)) path.refuse("a name that is not UTF-8");
}

EnumText read_enum_text(JsonValue value, const KajsonPath& path) {
  need_kind(value, JsonValue::Kind::object, path);
  EnumText text;
  if (const std::optional<JsonValue> name = value.find("_name_")) {
    text.name = read_string(*name, path.member("_name_"));
    return text;
  }
  const std::optional<JsonValue> number = value.find("_value_");
  if (!number) refuse_missing(value, "_name_", path);
  text.value = number->raw();
  return text;
}

}  // namespace kajson_detail
}  // namespace coffer
