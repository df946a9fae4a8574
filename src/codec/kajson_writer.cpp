#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <coffer/codec/kajson_writer.hpp>

#include "codec/json_strings.hpp"
#include "codec/python_float.hpp"

namespace coffer {
namespace {

constexpr std::string_view comma = ", ";

}  // namespace

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
  const bool plain = is_plain_ascii(text);
  if (!plain && !is_wtf8(text)) return false;
  separate();
  text_ += '"';
  if (plain) {
    text_ += text;
  } else {
    append_ascii_text(text, text_);
  }
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

void KajsonWriter::written_member(std::string_view member) {
  if (filled_.back() != 0 && !style_.indent()) {
    text_ += member;
  } else {
    separate();
    text_ += member.substr(comma.size());
  }
}

void KajsonWriter::expect(std::size_t bytes) {
  // Pages that are never touched cost nothing; but a promise is no reason to reserve all memory.
  constexpr std::size_t most = std::size_t{256} << 20U;
  text_.reserve(text_.size() + std::min(bytes, most));
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
  if (filled_.back() != 0) text_ += style_.indent() ? "," : comma;
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
