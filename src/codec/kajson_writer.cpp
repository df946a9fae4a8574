#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <coffer/codec/kajson_writer.hpp>

#include "codec/json_strings.hpp"
#include "codec/python_float.hpp"

namespace coffer {

void KajsonWriter::integer(std::int64_t value) {
  std::array<char, 24> digits;
  word({digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr});
}

void KajsonWriter::natural(std::uint64_t value) {
  std::array<char, 24> digits;
  word({digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr});
}

void KajsonWriter::real(double value) {
  separate();
  append_python_float(value, text_);
}

bool KajsonWriter::string(std::string_view text) {
  if (!is_wtf8(text)) return false;
  separate();
  text_ += '"';
  append_ascii_text(text, text_);
  text_ += '"';
  return true;
}

void KajsonWriter::value(JsonValue value) {
  separate();
  JsonEmitter emitter(value, style_, filled_.size());
  while (emitter.next(text_)) {
  }
}

bool KajsonWriter::name(std::string_view name) {
  if (!string(name)) return false;
  text_ += ": ";
  named_ = true;
  return true;
}

void KajsonWriter::tags(std::string_view name, std::string_view module) {
  const auto member = [this](std::string_view tag, std::string_view text) {
    separate();
    text_.append(tag).append(": \"").append(text).append("\"");
  };
  member("\"__class__\"", name);
  member("\"__module__\"", module);
}

void KajsonWriter::begin(char open) {
  separate();
  text_ += open;
  filled_.push_back(0);
}

void KajsonWriter::end(char close) {
  const bool filled = filled_.back() != 0;
  filled_.pop_back();
  if (filled && style_.indent()) line_break();
  text_ += close;
}

void KajsonWriter::separate() {
  if (std::exchange(named_, false) || filled_.empty()) return;
  if (filled_.back() != 0) text_ += style_.indent() ? "," : ", ";
  filled_.back() = 1;
  if (style_.indent()) line_break();
}

void KajsonWriter::word(std::string_view text) {
  separate();
  text_ += text;
}

void KajsonWriter::line_break() {
  text_ += '\n';
  text_.append(filled_.size() * *style_.indent(), ' ');
}

}  // namespace coffer
