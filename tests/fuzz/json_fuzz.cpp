#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include <coffer/codec/json_document.hpp>
#include <coffer/codec/json_emitter.hpp>
#include <coffer/codec/kajson_reader.hpp>

namespace {

using namespace coffer;

[[noreturn]] void broken(std::string_view property, std::string_view text) {
  std::cerr << property << ":\n" << text << "\n";
  std::abort();
}

void walk(JsonValue value) {
  if (value.kind() == JsonValue::Kind::string && value.string().value().size() > value.raw().size()) {
    broken("a string says more than is written", value.raw());
  }
  if (value.kind() == JsonValue::Kind::number) (void)value.number().value();
  if (value.kind() == JsonValue::Kind::array) {
    for (const JsonValue element : value.elements().value()) walk(element);
  }
  if (value.kind() != JsonValue::Kind::object) return;
  for (const JsonValue::Member& member : value.members_as_written().value()) {
    if (!value.find(member.name.string().value())) broken("a member is not found by its name", value.raw());
    walk(member.value);
  }
}

bool passes_the_reader(std::string_view text) {
  KajsonReader reader(text);
  try {
    reader.skip();
    reader.end();
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

// No text makes the readers fail, and both take the same ones; what is written again is ASCII, is read, and comes out
// the same, however it is laid out.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Result<JsonDocument> document = JsonDocument::parse(text);
  if (document.has_value() != passes_the_reader(text)) broken("one reader takes it, and the other does not", text);
  if (!document) {
    if (!document.error().message().starts_with("line ")) broken("a refusal without a place", text);
    return 0;
  }
  walk(document->root());
  const std::string printed = emit_json(document->root());
  for (const char c : printed) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E) broken("not ASCII", printed);
  }
  for (const JsonStyle& style : {JsonStyle(), JsonStyle().indent(0), JsonStyle().indent(3)}) {
    const Result<JsonDocument> again = JsonDocument::parse(emit_json(document->root(), style));
    if (!again) broken("what was printed is refused", printed);
    if (emit_json(again->root()) != printed) broken("what was printed is another document", printed);
  }
  return 0;
}
