#include "pipe/content_codec.hpp"

#include <optional>

#include "codec/utf8.hpp"
#include "pipe/data_url.hpp"

namespace coffer {
namespace {

[[noreturn]] void refuse_value(const Error& why) {
  throw Error(ErrorKind::corrupt, "this object was stored as a JSON value, and is none: " + why.message());
}

}  // namespace

void ContentDecoder::decode(std::string_view inside, std::string& bytes) {
  const bool first = !begun_;
  switch (form_) {
    case ContentForm::value:
      if (first) bytes += '"';
      bytes += inside;
      break;
    case ContentForm::text:
    case ContentForm::utf8_text:
      text_.decode(inside, bytes);
      break;
    case ContentForm::base64:
      decode_base64(inside, bytes);
      break;
    case ContentForm::data_url:
      decode_data_url(inside, bytes);
      return;
  }
  begun_ = true;
}

void ContentDecoder::decode_data_url(std::string_view inside, std::string& bytes) {
  if (begun_) return decode_base64(inside, bytes);
  const std::size_t before = head_.size();
  const std::size_t comma = inside.find(',');
  head_ += inside.substr(0, comma == std::string_view::npos ? comma : comma + 1);
  const std::optional<std::string_view> type = data_url_type(head_);
  if (!type) return;
  begun_ = true;
  type_ = *type;
  decode_base64(inside.substr(data_url_head(type_) - before), bytes);
}

void ContentDecoder::decode_base64(std::string_view inside, std::string& bytes) {
  const std::size_t before = bytes.size();
  bytes.resize(before + Base64Decoder::room(inside.size()));
  bytes.resize(before + base64_.decode(inside, reinterpret_cast<std::byte*>(bytes.data() + before)));
}

void ContentDecoder::finish(std::string& bytes) const {
  if (form_ == ContentForm::value) bytes += begun_ ? "\"" : "\"\"";
}

void ContentEncoder::begin(std::string& written) const {
  if (form_ == ContentForm::value) return;
  written += '"';
  if (form_ == ContentForm::data_url) written.append("data:").append(type_).append(";base64,");
}

void ContentEncoder::encode(std::string_view bytes, std::string& written) {
  switch (form_) {
    case ContentForm::value:
      return encode_value(bytes, written);
    case ContentForm::text:
    case ContentForm::utf8_text:
      return encode_text(bytes, written);
    case ContentForm::base64:
    case ContentForm::data_url:
      break;
  }
  const std::size_t before = written.size();
  written.resize(before + Base64Encoder::room(bytes.size()));
  const auto data = std::as_bytes(std::span(bytes));
  written.resize(before + base64_.encode(data, written.data() + before));
}

void ContentEncoder::encode_value(std::string_view bytes, std::string& written) {
  try {
    value_.feed(bytes);
    while (value_.next()) {
    }
  } catch (const Error& error) {
    refuse_value(error);
  }
  written += bytes;
}

void ContentEncoder::encode_text(std::string_view bytes, std::string& written) {
  std::string joined;
  while (!cut_.empty() && !bytes.empty() && cut_.size() < utf8_length(cut_.front())) {
    cut_ += bytes.front();
    bytes.remove_prefix(1);
  }
  if (!cut_.empty() && cut_.size() == utf8_length(cut_.front())) joined.swap(cut_);
  const std::string_view whole = bytes.substr(0, bytes.size() - cut_utf8(bytes));
  if (!is_utf8(joined) || !is_utf8(whole)) {
    throw Error(ErrorKind::corrupt, "this object was stored as a text, and is not UTF-8");
  }
  for (const std::string_view part : {std::string_view(joined), whole}) {
    if (form_ == ContentForm::text) {
      append_ascii_text(part, written);
    } else {
      append_few_escapes_text(part, written);
    }
  }
  cut_ += bytes.substr(whole.size());
}

void ContentEncoder::finish(std::string& written) {
  if (form_ == ContentForm::value) {
    try {
      value_.end();
    } catch (const Error& error) {
      refuse_value(error);
    }
    return;
  }
  if (!cut_.empty()) throw Error(ErrorKind::corrupt, "this object was stored as a text, and ends inside a character");
  constexpr std::size_t most = 4;
  const std::size_t before = written.size();
  written.resize(before + most);
  written.resize(before + base64_.finish(written.data() + before));
  written += '"';
}

}  // namespace coffer
