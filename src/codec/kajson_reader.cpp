#include <coffer/base/error.hpp>
#include <coffer/codec/kajson_reader.hpp>
#include <simdjson.h>

#include "codec/byte_words.hpp"
#include "codec/json_strings.hpp"
#include "codec/json_tape.hpp"
#include "codec/json_words.hpp"
#include "codec/text_places.hpp"

namespace coffer {
namespace {

/// What may stand between quotes without being looked at again: ASCII without control characters and escapes.
constexpr bool is_plain(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

constexpr bool are_plain(std::uint64_t word) noexcept {
  const bool ascii = (word & in_each_byte(0x80)) == 0;
  return ascii && !may_hold_control(word) && !may_hold(word, '"') && !may_hold(word, '\\');
}

const char* behind_plain(const char* at, const char* end) noexcept {
  while (static_cast<std::size_t>(end - at) >= word_bytes && are_plain(word_at({at, end}, 0))) at += word_bytes;
  while (at != end && is_plain(*at)) ++at;
  return at;
}

/// A character of a number, or of NaN and the infinities.
constexpr bool is_of_number(char c) noexcept {
  return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

KajsonReader::KajsonReader(JsonValue value, Order order)
    : begin_(value.tape_->text().data()),
      at_(value.raw().data()),
      end_(at_ + value.raw().size()),
      most_depth_(JsonLimits::most_depth),
      order_(order) {}

bool KajsonReader::boolean() {
  const bool value = is_next('t');
  expect(value ? std::string_view("true") : "false");
  return value;
}

std::string_view KajsonReader::number() {
  skip_space();
  const char* behind = at_;
  while (behind != end_ && is_of_number(*behind)) ++behind;
  const std::string_view number(at_, behind);
  if (kind_of_word(number) != JsonValue::Kind::number) fail();
  at_ = behind;
  return number;
}

std::string KajsonReader::string() {
  bool escaped = false;
  const std::string_view text = inside(escaped);
  return escaped ? decode_json_string(text) : std::string(text);
}

std::string_view KajsonReader::string(std::string& decoded) {
  bool escaped = false;
  const std::string_view text = inside(escaped);
  if (!escaped) return text;
  decoded = decode_json_string(text);
  return decoded;
}

std::string_view KajsonReader::inside(bool& escaped) {
  expect('"');
  const char* const first = at_;
  bool ascii = true;
  for (;;) {
    at_ = behind_plain(at_, end_);
    if (at_ == end_ || static_cast<unsigned char>(*at_) < 0x20) fail();
    if (*at_ == '"') break;
    if (*at_ == '\\') {
      escaped = true;
      ++at_;
      if (at_ == end_) fail();
    } else {
      ascii = false;
    }
    ++at_;
  }
  const std::string_view text(first, at_);
  if (!ascii && !simdjson::validate_utf8(text.data(), text.size())) fail();
  if (escaped && find_bad_escape(text)) fail();
  ++at_;
  return text;
}

std::string_view KajsonReader::raw() {
  skip_space();
  const char* const first = at_;
  const bool keeps = order_ == Order::last_values && at_ != end_ && (*at_ == '[' || *at_ == '{');
  if (keeps) {
    if (const auto known = behind_.find(first); known != behind_.end()) {
      at_ = known->second;
      first_ = false;
      return {first, at_};
    }
  }
  bool escaped = false;
  switch (kind()) {
    case JsonValue::Kind::null:
      null();
      break;
    case JsonValue::Kind::boolean:
      (void)boolean();
      break;
    case JsonValue::Kind::number:
      (void)number();
      break;
    case JsonValue::Kind::string:
      (void)inside(escaped);
      break;
    case JsonValue::Kind::array:
      begin_array();
      while (next_element()) skip();
      break;
    case JsonValue::Kind::object:
      begin_object();
      while (next_member()) skip();
      break;
  }
  if (keeps) behind_.emplace(first, at_);
  return {first, at_};
}

void KajsonReader::begin(char open) {
  expect(open);
  if (depth_ == most_depth_) fail();
  ++depth_;
  first_ = true;
}

bool KajsonReader::next_member() {
  if (!next('}')) return false;
  name_ = string(decoded_name_);
  expect(':');
  return true;
}

void KajsonReader::end() {
  skip_space();
  if (at_ != end_) fail();
}

SourcePlace KajsonReader::place(const Mark& mark) const {
  return TextPlaces({begin_, end_}).at(static_cast<std::size_t>(mark.at_ - begin_));
}

void KajsonReader::expect(std::string_view word) {
  skip_space();
  if (!std::string_view(at_, end_).starts_with(word)) fail();
  at_ += word.size();
}

void KajsonReader::fail() const {
  throw Error(ErrorKind::invalid_argument, place_text(place({at_, depth_})) + ": this is no JSON");
}

}  // namespace coffer
