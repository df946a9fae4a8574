#include <cmath>
#include <optional>
#include <string>

#include <coffer/codec/kajson_codec.hpp>

#include "codec/json_words.hpp"

namespace coffer {
KajsonOpaque::KajsonOpaque() : KajsonOpaque(JsonDocument::parse("null").value()) {}
KajsonOpaque::KajsonOpaque(JsonDocument document)
    : document_(std::make_shared<const JsonDocument>(std::move(document))) {}

KajsonOpaque KajsonCodec<KajsonOpaque>::read(KajsonReader& reader, const KajsonPath& /*path*/) {
  // It was read as a part of a whole that was within the limits.
  return KajsonOpaque(
      JsonDocument::parse(std::string(reader.raw()), JsonLimits().bytes(JsonLimits::most_bytes)).value());
}

namespace kajson_detail {

void need_kind(KajsonReader& reader, JsonValue::Kind kind, const KajsonPath& path) {
  const JsonValue::Kind its_kind = reader.kind();
  if (its_kind == kind) return;
  path.refuse(reader.place(reader.mark()),
              std::string(to_string(kind)) + " must stand here, not " + std::string(to_string(its_kind)));
}

std::string read_string(KajsonReader& reader, const KajsonPath& path) {
  need_kind(reader, JsonValue::Kind::string, path);
  return reader.string();
}

bool read_boolean(KajsonReader& reader, const KajsonPath& path) {
  need_kind(reader, JsonValue::Kind::boolean, path);
  return reader.boolean();
}

double read_number(KajsonReader& reader, const KajsonPath& path, double most) {
  need_kind(reader, JsonValue::Kind::number, path);
  const KajsonReader::Mark begin = reader.mark();
  const std::string_view text = reader.number();
  const double number = nearest_double(text);
  if (std::abs(number) <= most || text.ends_with("Infinity") || text == "NaN") return number;
  path.refuse(reader.place(begin), "a number that is too large for its type");
}

std::int64_t read_integer(KajsonReader& reader, const KajsonPath& path, std::int64_t least, std::int64_t most) {
  need_kind(reader, JsonValue::Kind::number, path);
  const KajsonReader::Mark begin = reader.mark();
  const std::optional<std::int64_t> integer = whole_number(reader.number());
  if (integer && *integer >= least && *integer <= most) return *integer;
  path.refuse(reader.place(begin),
              "a whole number from " + std::to_string(least) + " to " + std::to_string(most) + " must stand here");
}

std::uint64_t read_natural(KajsonReader& reader, const KajsonPath& path, std::uint64_t most) {
  need_kind(reader, JsonValue::Kind::number, path);
  const KajsonReader::Mark begin = reader.mark();
  const std::optional<std::uint64_t> natural = natural_number(reader.number());
  if (natural && *natural <= most) return *natural;
  path.refuse(reader.place(begin), "a whole number from 0 to " + std::to_string(most) + " must stand here");
}

bool is_tag(std::string_view name) noexcept { return name == class_tag || name == module_tag; }

bool ObjectTags::take(KajsonReader& reader, std::string_view expected_name, std::string_view expected_module) {
  if (!is_tag(reader.name())) return false;
  const bool is_name = reader.name() == class_tag;
  (is_name ? name : module) = reader.mark();
  if (reader.take_string(is_name ? expected_name : expected_module)) return true;
  as_expected = false;
  reader.skip();
  return true;
}

void check_class(KajsonReader& reader, const ObjectTags& tags, const KajsonReader::Mark& object, std::string_view name,
                 std::string_view module, const KajsonPath& path) {
  if (tags.as_expected || !tags.name || !tags.module) return;
  const KajsonReader::Mark behind = reader.mark();
  const auto text_at = [&reader](const KajsonReader::Mark& mark) -> std::optional<std::string> {
    reader.go_to(mark);
    if (reader.kind() != JsonValue::Kind::string) return std::nullopt;
    return reader.string();
  };
  const std::optional<std::string> its_name = text_at(tags.name);
  const std::optional<std::string> its_module = text_at(tags.module);
  reader.go_to(behind);
  if (!its_name || !its_module || (*its_name == name && *its_module == module)) return;
  path.refuse(reader.place(object), "a " + std::string(name) + " of " + std::string(module) +
                                        " must stand here, not a " + *its_name + " of " + *its_module);
}

void refuse_missing(const KajsonReader& reader, const KajsonReader::Mark& object, std::string_view name,
                    const KajsonPath& path) {
  path.refuse(reader.place(object), "the member " + std::string(name) + " is missing");
}

void write_string(KajsonWriter& writer, std::string_view text, const KajsonPath& path) {
  if (!writer.string(text)) path.refuse("a string that is not UTF-8");
}

void write_name(KajsonWriter& writer, std::string_view name, const KajsonPath& path) {
  if (!writer.name(name)) path.refuse("a name that is not UTF-8");
}

}  // namespace kajson_detail
}  // namespace coffer
