#include "pipe/list_format.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <coffer/base/checksum.hpp>
#include <coffer/base/content_type.hpp>
#include <coffer/codec/json_document.hpp>
#include <coffer/pipe/list.hpp>
#include <coffer/storage/storage.hpp>

#include "base/sha256.hpp"
#include "pipe/json_tree.hpp"
#include "pipe/store_rename.hpp"

namespace coffer {
namespace {

/// Of an element, some 200 bytes are written; URIs may be long.
constexpr std::uint64_t most_bytes = std::uint64_t{256} << 20U;

/// Thrown inside this file only; parse_list returns it.
[[noreturn]] void refuse(JsonValue at, const std::string& why) {
  throw Error(ErrorKind::invalid_argument, "no list: " + place_text(at.place()) + ": " + why);
}

JsonValue need(JsonValue object, std::string_view name) {
  const std::optional<JsonValue> found = object.find(name);
  if (!found) refuse(object, "the member '" + std::string(name) + "' is missing");
  return *found;
}

std::string text_of(JsonValue object, std::string_view name) {
  const JsonValue value = need(object, name);
  const Result<std::string> text = value.string();
  if (!text) refuse(value, "'" + std::string(name) + "' must be a string");
  return *text;
}

std::uint64_t integer_of(JsonValue object, std::string_view name) {
  const JsonValue value = need(object, name);
  const Result<std::int64_t> integer = value.integer();
  if (!integer || *integer < 0) refuse(value, "'" + std::string(name) + "' must be a whole number");
  return static_cast<std::uint64_t>(*integer);
}

std::uint32_t checksum_of(JsonValue object) {
  const std::string text = text_of(object, "crc32c");
  std::uint32_t checksum = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), checksum, 16);
  if (text.size() != 8 || failed != std::errc() || end != text.data() + text.size())
    refuse(object, "'crc32c' must be 8 hexadecimal digits");
  return checksum;
}

ListElement read_element(JsonValue value, std::size_t index) {
  if (value.kind() != JsonValue::Kind::object) refuse(value, "an element must be an object");
  Result<Uri> uri = Uri::parse(text_of(value, "uri"));
  if (!uri) refuse(value, uri.error().message());
  ListElement element;
  element.index = index;
  element.stored.uri = std::move(*uri);
  element.stored.size = integer_of(value, "size");
  element.stored.crc32c = checksum_of(value);
  if (value.find("type")) element.stored.content_type = text_of(value, "type");
  if (value.find("etag")) element.stored.etag = text_of(value, "etag");
  return element;
}

/// How its elements are to be named; nothing where the text is right.
std::optional<StoreRename> rename_of(JsonValue root, const ListPlace& place) {
  if (place.store.empty() || !root.find("store") || !root.find("key")) return std::nullopt;
  const Result<Uri> then = Uri::parse(text_of(root, "store"));
  if (!then || *then == place.store || text_of(root, "key") != percent_encode_path(place.key)) return std::nullopt;
  return StoreRename{*then, place.store};
}

std::vector<ListElement> read_list(JsonValue root, const ListPlace& place) {
  if (root.kind() != JsonValue::Kind::object) refuse(root, "must be an object");
  if (integer_of(root, "coffer_list") != 1) refuse(root, "this program reads version 1 only");
  const JsonValue list = need(root, "elements");
  const Result<std::vector<JsonValue>> values = list.elements();
  if (!values) refuse(list, "'elements' must be an array");
  if (values->size() > most_list_elements)
    throw Error(ErrorKind::too_large, "a list has at most " + std::to_string(most_list_elements) + " elements");
  std::vector<ListElement> elements;
  elements.reserve(values->size());
  for (const JsonValue value : *values) elements.push_back(read_element(value, elements.size()));
  if (const std::optional<StoreRename> rename = rename_of(root, place)) rename->apply(elements);
  return elements;
}

}  // namespace

std::string list_begin(const ListPlace& place) {
  std::string text = "{\"coffer_list\": 1, ";
  if (!place.store.empty())
    text += "\"store\": " + json_quoted(place.store.text()) +
            ", \"key\": " + json_quoted(percent_encode_path(place.key)) + ", ";
  return text + "\"elements\": [\n";
}

std::string tag_of_list(std::span<const ListElement> elements, const Storage& storage) {
  Sha256 sum;
  for (const ListElement& element : elements) {
    const ListPlace place = place_of(storage, element.stored.uri);
    const std::string name = place.store.empty() ? element.stored.uri.text() : place.key;
    const std::string line = name + "\n" + element.stored.etag + "\n";
    sum.update(std::as_bytes(std::span(line)));
  }
  return sum.finish();
}

std::string json_of_element(const Stored& element) {
  std::string json = "{\"uri\": " + json_quoted(element.uri.raw()) + ", \"size\": " + std::to_string(element.size);
  json += ", \"crc32c\": " + json_quoted(crc32c_text(element.crc32c));
  if (!element.content_type.empty()) json += ", \"type\": " + json_quoted(element.content_type);
  if (!element.etag.empty()) json += ", \"etag\": " + json_quoted(element.etag);
  return json + "}";
}

std::string list_file_name(const ListElement& element) {
  std::string number = std::to_string(element.index + 1);
  number.insert(0, 6 - std::min<std::size_t>(number.size(), 6), '0');
  return number + std::string(extension_of_content_type(element.stored.content_type));
}

bool is_list_type(std::string_view content_type) noexcept { return content_type == list_type; }

Result<std::vector<ListElement>> parse_list(std::string text, const ListPlace& place) {
  const Result<JsonDocument> document = JsonDocument::parse(std::move(text), JsonLimits().depth(4).bytes(most_bytes));
  if (!document) return document.error();
  try {
    return read_list(document->root(), place);
  } catch (const Error& error) {
    return error;
  }
}

ListPlace place_of(const Storage& storage, const Uri& list) {
  const ProviderPtr& active = storage.providers().active();
  if (!active || !list.is_below(active->root())) return {};
  return ListPlace{active->root(), list.key_below(active->root())};
}

Task<std::vector<ListElement>> co_load_list(Storage& storage, Uri list) {
  const std::string name = list.text();
  const ListPlace place = place_of(storage, list);
  std::string text = co_await storage.co_load(std::move(list), ReadOptions().max_bytes(most_bytes));
  Result<std::vector<ListElement>> elements = parse_list(std::move(text), place);
  if (!elements) throw Error(elements.error()).about(name);
  co_return std::move(*elements);
}

}  // namespace coffer
