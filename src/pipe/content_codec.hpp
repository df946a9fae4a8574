#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <coffer/pipe/content_reference.hpp>

#include "codec/base64.hpp"
#include "codec/json_scanner.hpp"
#include "codec/json_strings.hpp"

namespace coffer {

/// Turns a string as it is written in a document into the bytes of its object.
class ContentDecoder {
 public:
  explicit ContentDecoder(ContentForm form) : form_(form) {}
  /// Appends bytes, at most as many as `inside` has and a few more. `inside` cuts no character and no escape.
  void decode(std::string_view inside, std::string& bytes);
  void finish(std::string& bytes) const;
  /// Whether type() is known.
  bool is_ready() const noexcept { return begun_ || form_ != ContentForm::data_url; }
  /// Of a data: URL, as it is written there.
  const std::string& type() const noexcept { return type_; }

 private:
  void decode_data_url(std::string_view inside, std::string& bytes);
  void decode_base64(std::string_view inside, std::string& bytes);

  const ContentForm form_;
  bool begun_ = false;
  std::string head_;
  std::string type_;
  Base64Decoder base64_;
  JsonStringDecoder text_;
};

/// Turns an object's bytes back into what stood in the document, quotes included where it was a string.
class ContentEncoder {
 public:
  explicit ContentEncoder(const ContentReference& reference) : form_(reference.form), type_(reference.type) {}
  /// What stands before the first byte.
  void begin(std::string& written) const;
  /// Appends at most six characters a byte, and a few more. Throws Error{corrupt} for a text that is not UTF-8, and for
  /// a value that is not JSON.
  void encode(std::string_view bytes, std::string& written);
  void finish(std::string& written);

 private:
  void encode_value(std::string_view bytes, std::string& written);
  void encode_text(std::string_view bytes, std::string& written);

  const ContentForm form_;
  const std::string type_;
  Base64Encoder base64_;
  JsonScanner value_;
  std::string cut_;  // The start of a character.
};

}  // namespace coffer
