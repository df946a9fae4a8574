#include "codec/json_scanner.hpp"

#include <algorithm>
#include <cctype>

#include "codec/byte_words.hpp"
#include "codec/json_strings.hpp"
#include "codec/json_words.hpp"
#include "codec/text_places.hpp"
#include "codec/utf8.hpp"

namespace coffer {
namespace {

constexpr bool is_continuation(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }
constexpr std::string_view behind_a_word = " \n\r\t,:[]{}\"";

[[noreturn]] void fail(SourcePlace place, const std::string& what) {
  throw Error(ErrorKind::invalid_argument, place_text(place) + ": " + what);
}

/// The quote that ends the string; npos where it is not here. The text begins with a whole character or escape.
std::size_t find_quote(std::string_view text) noexcept {
  for (std::size_t at = text.find('"'); at != std::string_view::npos; at = text.find('"', at + 1)) {
    if (backslashes_before(text, at) % 2 == 0) return at;
  }
  return std::string_view::npos;
}

/// The first control character; the end where there is none.
std::size_t find_control(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at + word_bytes <= text.size() && !may_hold_control(word_at(text, at))) at += word_bytes;
  while (at < text.size() && static_cast<unsigned char>(text[at]) >= 0x20) {
    // Behind what only looked like one the words go on.
    ++at;
    while (at + word_bytes <= text.size() && !may_hold_control(word_at(text, at))) at += word_bytes;
  }
  return at;
}

/// What is wrong with a run of whole characters and escapes.
struct StringFault {
  std::size_t at = 0;
  std::string what;
};

std::optional<StringFault> find_fault(std::string_view inside) {
  if (const std::size_t at = find_control(inside); at < inside.size()) {
    return StringFault{
        at, inside[at] == '\n' ? "a string does not end on its line" : "a control character inside a string"};
  }
  if (const auto bad = find_bad_escape(inside)) return StringFault{*bad, "an escape that JSON does not have"};
  if (!is_utf8(inside)) return StringFault{first_not_utf8(inside), "not UTF-8"};
  return std::nullopt;
}

}  // namespace

void JsonScanner::feed(std::string_view piece) {
  piece_ = piece;
  at_ = 0;
}

std::optional<JsonPart> JsonScanner::next() {
  while (at_ < piece_.size()) {
    if (is_inside_string()) {
      if (std::optional<JsonPart> part = read_string()) return part;
      continue;
    }
    const char c = piece_[at_];
    if (state_ == State::inside_word) {
      if (behind_a_word.find(c) == std::string_view::npos) return read_word();
      finish_word();
    }
    if (const std::size_t length = layout_length(); length > 0) return take(JsonPart::Kind::layout, length);
    return read_token(c);
  }
  retire();
  return std::nullopt;
}

void JsonScanner::end() {
  retire();
  if (state_ == State::inside_word) finish_word();
  if (state_ == State::over) return;
  if (is_inside_string()) fail(begun_, "a string without an end");
  fail(place_, open_.empty() ? "the document is empty" : "the document ends too soon");
}

JsonPart JsonScanner::take(JsonPart::Kind kind, std::size_t length) noexcept {
  const std::string_view text = piece_.substr(at_, length);
  at_ += length;
  return {kind, text};
}

/// Of white space, commas and colons, as many as may stand here.
std::size_t JsonScanner::layout_length() noexcept {
  std::size_t at = at_;
  for (; at < piece_.size(); ++at) {
    const char c = piece_[at];
    if (is_space(c)) continue;
    if (c == ',' && state_ == State::behind_value) {
      state_ = open_.back() == '{' ? State::name : State::value;
    } else if (c == ':' && state_ == State::colon) {
      state_ = State::value;
    } else {
      break;
    }
  }
  return at - at_;
}

JsonPart JsonScanner::read_token(char c) {
  using Kind = JsonPart::Kind;
  switch (state_) {
    case State::name:
    case State::first_name:
      if (c == '"') return begin_string(Kind::name_begin, State::inside_name);
      if (c == '}' && state_ == State::first_name) return close(Kind::object_end);
      fail(place_at(at_), "a name in quotes must stand here");
    case State::colon:
      fail(place_at(at_), "a colon must stand behind this name");
    case State::behind_value:
      if (c == '}' && open_.back() == '{') return close(Kind::object_end);
      if (c == ']' && open_.back() == '[') return close(Kind::array_end);
      fail(place_at(at_), std::string("a comma or ") + (open_.back() == '{' ? '}' : ']') + " must stand here");
    case State::over:
      fail(place_at(at_), "text behind the end of the document");
    default:
      break;
  }
  if (c == '{') return open(Kind::object_begin, c, State::first_name);
  if (c == '[') return open(Kind::array_begin, c, State::first_value);
  if (c == '"') return begin_string(Kind::string_begin, State::inside_string);
  if (c == ']' && state_ == State::first_value) return close(Kind::array_end);
  if (c == '\xEF' && offset() == 0) fail(place_at(at_), "a byte order mark before the document; remove it");
  if (behind_a_word.find(c) != std::string_view::npos) fail(place_at(at_), "a value must stand here");
  state_ = State::inside_word;
  word_.clear();
  begun_here_ = true;
  begin_ = at_;
  return read_word();
}

JsonPart JsonScanner::open(JsonPart::Kind kind, char bracket, State inside) {
  if (open_.size() >= depth_) {
    fail(place_at(at_), "more than " + std::to_string(depth_) + " lists and objects in each other");
  }
  open_.push_back(bracket);
  state_ = inside;
  return take(kind, 1);
}

JsonPart JsonScanner::close(JsonPart::Kind kind) {
  open_.pop_back();
  value_done();
  return take(kind, 1);
}

JsonPart JsonScanner::begin_string(JsonPart::Kind kind, State inside) noexcept {
  state_ = inside;
  begun_here_ = true;
  begin_ = at_;
  return take(kind, 1);
}

JsonPart JsonScanner::read_word() {
  const std::size_t length = std::min(piece_.find_first_of(behind_a_word, at_), piece_.size()) - at_;
  if (!word_.add(piece_.substr(at_, length))) fail(begun(), "this is neither a number nor true, false or null");
  return take(JsonPart::Kind::word, length);
}

void JsonScanner::finish_word() {
  if (!word_.is_whole()) fail(begun(), "this is neither a number nor true, false or null");
  value_done();
}

std::optional<JsonPart> JsonScanner::read_string() {
  const JsonPart::Kind kind = state_ == State::inside_name ? JsonPart::Kind::name : JsonPart::Kind::string;
  if (carried_ > 0) {
    if (!complete_carry()) return std::nullopt;
    completed_ = carry_;
    const std::string_view whole(completed_.data(), carried_);
    carried_ = 0;
    if (const auto fault = find_fault(whole)) fail(carry_place_, fault->what);
    return JsonPart{kind, whole};
  }
  const std::string_view rest = piece_.substr(at_);
  const std::size_t quote = find_quote(rest);
  if (quote == 0) return end_string();
  const std::size_t cut = quote == std::string_view::npos ? cut_json_string(rest) : 0;
  const std::string_view inside = rest.substr(0, std::min(quote, rest.size()) - cut);
  if (const auto fault = find_fault(inside)) fail(place_at(at_ + fault->at), fault->what);
  if (cut > 0) {
    carry_place_ = place_at(piece_.size() - cut);
    carried_ = piece_.copy(carry_.data(), cut, piece_.size() - cut);
  }
  at_ += inside.size() + cut;
  if (inside.empty()) return std::nullopt;
  return JsonPart{kind, inside};
}

JsonPart JsonScanner::end_string() noexcept {
  const bool was_name = state_ == State::inside_name;
  if (was_name) {
    state_ = State::colon;
  } else {
    value_done();
  }
  return take(was_name ? JsonPart::Kind::name_end : JsonPart::Kind::string_end, 1);
}

bool JsonScanner::complete_carry() noexcept {
  const bool escape = carry_[0] == '\\';
  const auto length = [&]() -> std::size_t {
    if (!escape) return utf8_length(carry_[0]);
    return carried_ >= 2 && carry_[1] == 'u' ? carry_.size() : 2;
  };
  // What cannot go on so ends here, to be refused.
  const auto goes_on = [&](char c) {
    return escape ? carried_ == 1 || std::isxdigit(static_cast<unsigned char>(c)) != 0 : is_continuation(c);
  };
  while (carried_ < length() && at_ < piece_.size() && goes_on(piece_[at_])) carry_[carried_++] = piece_[at_++];
  return carried_ == length() || at_ < piece_.size();
}

void JsonScanner::retire() {
  if (piece_.empty()) return;
  if (begun_here_) {
    begun_ = place_at(begin_);
    begun_here_ = false;
  }
  place_ = place_at(piece_.size());
  offset_ += piece_.size();
  piece_ = {};
  at_ = 0;
}

SourcePlace JsonScanner::place_at(std::size_t at) const {
  const std::string_view before = piece_.substr(0, at);
  SourcePlace place = place_;
  std::string_view line = before;
  // Mostly there is none, and find() is much faster than counting, or than looking from the end.
  for (std::size_t at_break = line.find('\n'); at_break != std::string_view::npos; at_break = line.find('\n')) {
    ++place.line;
    place.column = 1;
    line.remove_prefix(at_break + 1);
  }
  place.column += static_cast<std::uint32_t>(count_characters(line));
  return place;
}

}  // namespace coffer
