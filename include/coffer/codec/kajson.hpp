#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <coffer/base/result.hpp>
#include <coffer/codec/kajson_codec.hpp>

namespace coffer {

namespace kajson_detail {

template <class T>
Result<T> read_all(KajsonReader reader) {
  try {
    T value = KajsonCodec<T>::read(reader, KajsonPath());
    reader.end();
    return value;
  } catch (const Error& error) {
    return error;
  }
}

}  // namespace kajson_detail

/// A T from a value of a document. T is made of bool, numbers, std::string, std::optional, std::vector, std::map with
/// names, KajsonOpaque, Python's dates and times (kajson_time.hpp; timedelta is std::chrono::microseconds), enums and
/// structs that Boost.Describe knows, and what has a KajsonCodec of its own. Structs have a class where
/// COFFER_KAJSON_CLASS gives one; members that T does not have are passed over. Error{invalid_argument} with line,
/// column, path and reason.
template <class T>
Result<T> from_kajson(JsonValue value) {
  Result<T> read = kajson_detail::read_all<T>(KajsonReader(value));
  // What does not fit may stand under a name that comes again.
  if (!read) read = kajson_detail::read_all<T>(KajsonReader(value, KajsonReader::Order::last_values));
  return read;
}

/// The same from a whole text, of which no document is made if T can be read from it.
template <class T>
Result<T> from_kajson(std::string_view text, JsonLimits limits = {}) {
  if (text.size() <= limits.bytes()) {
    Result<T> value = kajson_detail::read_all<T>(KajsonReader(text, limits.depth()));
    if (value) return value;
  }
  // What is wrong with the text comes before what does not fit.
  const Result<JsonDocument> document = JsonDocument::parse(std::string(text), limits);
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
