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

}  // namespace kajson_detail
}  // namespace coffer
