#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <coffer/base/result.hpp>
#include <coffer/base/uri.hpp>

namespace coffer {

/// How data that was replaced by a reference stood in the document.
enum class ContentForm : std::uint8_t {
  value,      ///< A JSON value of any kind: the object is its text.
  text,       ///< A string, written in ASCII as json.dumps writes it: the object is the text in UTF-8.
  utf8_text,  ///< A string, written with few escapes as JSON.stringify writes it: the object is the text in UTF-8.
  base64,     ///< A string of base64: the object is the bytes.
  data_url,   ///< data:TYPE;base64,…: the object is the bytes.
};

/// The word in a reference: "value", "text", "utf8-text", "base64", "data-url".
std::string_view to_string(ContentForm form) noexcept;

/// What stands in a working memory in the place of data: where the data is, how much, and how it stood there. As text
/// it is a URI that any program may open, with what Coffer knows behind the `#`:
///
///     file:///data/store/offloaded/…/….png#coffer&as=data-url&type=image/png&size=70123&crc32c=0a1b2c3d
struct ContentReference {
  Uri uri;
  ContentForm form = ContentForm::value;
  /// The media type as it was written in a data: URL, with all its parameters; may be empty.
  std::string type;
  /// Of the object, in bytes.
  std::uint64_t size = 0;
  /// CRC-32C of the object.
  std::uint32_t crc32c = 0;

  /// ASCII that JSON needs no escapes for.
  std::string text() const;
  /// Nothing where the text is no reference. Error{invalid_argument} where it is marked as one and is damaged.
  static Result<std::optional<ContentReference>> parse(std::string_view text);

  friend bool operator==(const ContentReference&, const ContentReference&) = default;
};

}  // namespace coffer
