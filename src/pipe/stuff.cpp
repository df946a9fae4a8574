#include <coffer/codec/json_document.hpp>
#include <coffer/codec/json_emitter.hpp>
#include <coffer/pipe/stuff.hpp>

#include "codec/json_strings.hpp"

namespace coffer {
namespace {

std::string json_string(std::string_view text) {
  std::string json = "\"";
  append_ascii_text(text, json);
  return json += '"';
}

std::string string_member(JsonValue object, std::string_view name) {
  const std::optional<JsonValue> member = object.find(name);
  if (!member || member->kind() != JsonValue::Kind::string) return "";
  return member->string().value();
}

// A stuff lies in a root, and that in a document.
constexpr std::size_t deepest_stuff = JsonLimits::most_depth - 2;
constexpr std::size_t deepest_content = deepest_stuff - 1;

/// The content without white space around it; Error{invalid_argument} where it is not one JSON value.
Result<std::string> bare(std::string_view json) {
  const Result<JsonDocument> document =
      JsonDocument::parse(std::string(json), JsonLimits().depth(deepest_content).bytes(JsonLimits::most_bytes));
  if (document) return std::string(document->root().raw());
  return Error(ErrorKind::invalid_argument, "the content of a stuff: " + document.error().message());
}

/// A stuff's own text, which was read before.
JsonDocument document_of(const std::string& text) {
  return JsonDocument::parse(text, JsonLimits().bytes(JsonLimits::most_bytes)).value();
}

}  // namespace

Result<Stuff> Stuff::make(std::string_view name, std::string_view code, std::string_view concept_name,
                          std::string_view content) {
  for (const std::string_view text : {name, code, concept_name}) {
    if (!is_wtf8(text)) return Error(ErrorKind::invalid_argument, "a stuff's name, code or concept is not UTF-8");
  }
  const Result<std::string> inside = bare(content);
  if (!inside) return inside.error();
  std::string text = R"({"stuff_code": )" + json_string(code) + R"(, "stuff_name": )" + json_string(name) +
                     R"(, "concept": )" + json_string(concept_name) + R"(, "content": )";
  const std::size_t begin = text.size();
  text.append(*inside).append("}");
  return Stuff(std::move(text), begin, inside->size());
}

Result<Stuff> Stuff::parse(std::string text) {
  const Result<JsonDocument> document = JsonDocument::parse(text, JsonLimits().depth(deepest_stuff));
  if (!document) return document.error();
  const JsonValue root = document->root();
  const std::optional<JsonValue> content = root.find("content");
  if (!content) {
    return Error(ErrorKind::invalid_argument,
                 place_text(root.place()) + ": a stuff must stand here: an object with a member content");
  }
  const auto begin = static_cast<std::size_t>(content->raw().data() - document->text().data());
  return Stuff(std::move(text), begin, content->raw().size());
}

std::string Stuff::concept_name() const {
  const JsonDocument document = document_of(text_);
  const std::optional<JsonValue> named = document.root().find("concept");
  if (!named) return string_member(document.root(), "concept_code");
  if (named->kind() != JsonValue::Kind::object) return string_member(document.root(), "concept");
  const std::string domain = string_member(*named, "domain_code");
  const std::string code = string_member(*named, "code");
  return domain.empty() ? code : domain + "." + code;
}

std::string Stuff::code() const {
  const JsonDocument document = document_of(text_);
  return string_member(document.root(), "stuff_code");
}

std::optional<ContentReference> Stuff::reference() const {
  const std::string_view json = content();
  if (!json.starts_with('"')) return std::nullopt;
  Result<std::optional<ContentReference>> reference =
      ContentReference::parse(decode_json_string(json.substr(1, json.size() - 2)));
  return reference ? std::move(*reference) : std::nullopt;
}

Result<Stuff> Stuff::with_content(std::string_view json) const {
  const Result<std::string> inside = bare(json);
  if (!inside) return inside.error();
  return replaced(*inside);
}

Stuff Stuff::with_reference(const ContentReference& reference) const { return replaced('"' + reference.text() + '"'); }

Stuff Stuff::replaced(std::string_view content) const {
  std::string text = text_.substr(0, begin_);
  text.append(content).append(text_, begin_ + length_);
  return {std::move(text), begin_, content.size()};
}

}  // namespace coffer
