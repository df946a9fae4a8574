#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <coffer/base/error.hpp>
#include <coffer/base/source_place.hpp>
#include <coffer/codec/json_document.hpp>

#include "codec/json_word_checker.hpp"

namespace coffer {

/// A run of characters of a JSON text, as it stands there. All parts together are the text.
struct JsonPart {
  enum class Kind : std::uint8_t {
    layout,  ///< White space, commas and colons.
    object_begin,
    object_end,
    array_begin,
    array_end,
    name_begin,  ///< The quote.
    name,        ///< What stands between the quotes, perhaps in several parts; no character and no escape is cut.
    name_end,
    string_begin,
    string,  ///< As with a name.
    string_end,
    word,  ///< A number or a word, perhaps in several parts.
  };
  Kind kind = Kind::layout;
  std::string_view text;
};

/// Reads a JSON text that comes in pieces and is never whole in memory. It takes and refuses what JsonDocument does,
/// without its limit on bytes. Feed a piece, take its parts, feed the next; then end(). Errors are thrown:
/// Error{invalid_argument} with line and column; nothing may be called after one.
class JsonScanner {
 public:
  explicit JsonScanner(std::size_t depth = JsonLimits::most_depth) : depth_(depth) {}

  /// The next piece of the text, which stays valid until all its parts were taken.
  void feed(std::string_view piece);
  /// The next part of the piece; nothing where it is used up. Parts are valid until then.
  std::optional<JsonPart> next();
  /// The text is over: throws where the document is not.
  void end();

  /// In how many lists and objects the next part lies.
  std::size_t depth() const noexcept { return open_.size(); }
  /// Bytes before the next part.
  std::uint64_t offset() const noexcept { return offset_ + at_; }
  /// Where the next part stands. Counts through the piece: for messages.
  SourcePlace place() const { return place_at(at_); }

 private:
  enum class State : std::uint8_t {
    value,
    first_value,  ///< Or the end of a list.
    name,
    first_name,  ///< Or the end of an object.
    colon,
    behind_value,
    inside_name,
    inside_string,
    inside_word,
    over,
  };

  bool is_inside_string() const noexcept { return state_ == State::inside_name || state_ == State::inside_string; }
  /// The next `length` characters.
  JsonPart take(JsonPart::Kind kind, std::size_t length) noexcept;
  std::size_t layout_length() noexcept;
  JsonPart read_token(char c);
  JsonPart open(JsonPart::Kind kind, char bracket, State inside);
  JsonPart close(JsonPart::Kind kind);
  JsonPart begin_string(JsonPart::Kind kind, State inside) noexcept;
  JsonPart read_word();
  void finish_word();
  /// Nothing where the piece ends before a character is whole.
  std::optional<JsonPart> read_string();
  JsonPart end_string() noexcept;
  /// Fills up what the last piece cut. Whether it is whole now.
  bool complete_carry() noexcept;
  void value_done() noexcept { state_ = open_.empty() ? State::over : State::behind_value; }
  /// The piece is used up.
  void retire();

  SourcePlace place_at(std::size_t at) const;
  SourcePlace begun() const { return begun_here_ ? place_at(begin_) : begun_; }

  const std::size_t depth_;
  std::string_view piece_;
  std::size_t at_ = 0;        // In the piece.
  std::uint64_t offset_ = 0;  // Of the piece in the text.
  SourcePlace place_{1, 1};   // Of the piece's begin.
  State state_ = State::value;
  std::vector<char> open_;  // '{' or '['.
  JsonWordChecker word_;
  // Where the string or the word begins: in this piece, or in one before it.
  bool begun_here_ = false;
  std::size_t begin_ = 0;
  SourcePlace begun_;
  // The start of an escape or a character that the piece before cut.
  std::array<char, 6> carry_{};
  std::size_t carried_ = 0;
  std::array<char, 6> completed_{};  // The same, once it was whole: a piece completes one at most, its first.
  SourcePlace carry_place_;
};

}  // namespace coffer
