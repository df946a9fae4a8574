#include <coffer/codec/kajson_described.hpp>

namespace coffer::kajson_detail {

void need_kind(KajsonReader& reader, JsonValue::Kind kind, const KajsonPath& path) {
  const JsonValue::Kind its_kind = reader.kind();
  if (its_kind == kind) return;
  path.refuse(reader.place(reader.mark()),
              std::string(to_string(kind)) + " must stand here, not " + std::string(to_string(its_kind)));
}

void write_string(KajsonWriter& writer, std::string_view text, const KajsonPath& path) {
  if (!writer.string(text)) path.refuse("a string that is not UTF-8");
}

void write_name(KajsonWriter& writer, std::string_view name, const KajsonPath& path) {
  if (!writer.name(name)) path.refuse("a name that is not UTF-8");
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

}  // namespace coffer::kajson_detail
