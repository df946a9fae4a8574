#pragma once

#include <string>
#include <utility>

#include <coffer/base/result.hpp>
#include <coffer/codec/kajson_codec.hpp>

namespace coffer {

/// A T from a value of a document. T is made of bool, numbers, std::string, std::optional, std::vector, std::map with
/// names, KajsonOpaque, Python's dates and times (kajson_time.hpp; timedelta is std::chrono::microseconds), enums and
/// structs that Boost.Describe knows, and what has a KajsonCodec of its own. Structs have a class where
/// COFFER_KAJSON_CLASS gives one; members that T does not have are passed over. Error{invalid_argument} with line,
/// column, path and reason.
template <class T>
Result<T> from_kajson(JsonValue value) {
  try {
    return KajsonCodec<T>::read(value, KajsonPath());
  } catch (const Error& error) {
    return error;
  }
}

/// The same from a whole text.
template <class T>
Result<T> from_kajson(std::string text, JsonLimits limits = {}) {
  const Result<JsonDocument> document = JsonDocument::parse(std::move(text), limits);
  if (!document) return document.error();
  return from_kajson<T>(document->root());
}

/// The text that Python's kajson.dumps would give: tags last. Error{invalid_argument} with the path where something has
/// no place in it: a string that is not UTF-8, a name that is a tag, an enum's value without a name.
template <class T>
Result<std::string> to_kajson(const T& value, JsonStyle style = {}) {
  KajsonWriter writer(style);
  try {
    KajsonCodec<T>::write(writer, value, KajsonPath());
  } catch (const Error& error) {
    return error;
  }
  return std::move(writer).take();
}

}  // namespace coffer
