#include <coffer/codec/json_document.hpp>
#include <coffer/codec/json_emitter.hpp>
#include <coffer/pipe/stuff.hpp>

#include "codec/json_strings.hpp"

namespace coffer {
namespace {

std::string quoted(std::string_view text) {
  std::string json = "\"";
  append_ascii_text(text, json);
  return json += '"';
}

std::string string_member(JsonValue object, std::string_view name) {
  const std::optional<JsonValue> member = object.find(name);
  if (!member || member->kind() != JsonValue::Kind::string) return "";
  return member->string().value();
}

/// What is wrong with a text that is to be one JSON value; nothing where it is one.
std::optional<Error> refusal(std::string_view json) {
  const Result<JsonDocument> document = JsonDocument::parse(std::string(json));
  if (document) return std::nullopt;
  return Error(ErrorKind::invalid_argument, "the content of a stuff: " + document.error().message());
}

}  // namespace

Result<Stuff> Stuff::make(std::string_view name, std::string_view code, std::string_view concept_name,
                          std::string_view content) {
  for (const std::string_view text : {name, code, concept_name}) {
    if (!is_wtf8(text)) return Error(ErrorKind::invalid_argument, "a stuff's name, code or concept is not UTF-8");
  }
  if (auto refused = refusal(content)) return std::move(*refused);
  std::string text = R"({"stuff_code": )" + quoted(code) + R"(, "stuff_name": )" + quoted(name) + R"(, "concept": )" +
                     quoted(concept_name) + R"(, "content": )";
  const std::size_t begin = text.size();
  text.append(content).append("}");
  return Stuff(std::move(text), begin, content.size());
}

Result<Stuff> Stuff::parse(std::string text) {
  const Result<JsonDocument> document = JsonDocument::parse(text);
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
  const JsonDocument document = JsonDocument::parse(text_).value();
  const std::optional<JsonValue> named = document.root().find("concept");
  if (!named) return string_member(document.root(), "concept_code");
  if (named->kind() != JsonValue::Kind::object) return string_member(document.root(), "concept");
  const std::string domain = string_member(*named, "domain_code");
  const std::string code = string_member(*named, "code");
  return domain.empty() ? code : domain + "." + code;
}

std::string Stuff::code() const {
  const JsonDocument document = JsonDocument::parse(text_).value();
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
  if (auto refused = refusal(json)) return std::move(*refused);
  return replaced(json);
}

Stuff Stuff::with_reference(const ContentReference& reference) const { return replaced('"' + reference.text() + '"'); }

Stuff Stuff::replaced(std::string_view content) const {
  std::string text = text_.substr(0, begin_);
  text.append(content).append(text_, begin_ + length_);
  return {std::move(text), begin_, content.size()};
}

}  // namespace coffer
