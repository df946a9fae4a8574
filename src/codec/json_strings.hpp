#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace coffer {

// Strings as JSON writes them. `inside` is what stands between the quotes, checked: UTF-8 without control characters,
// each escape whole.

/// Where an escape is none that JSON has; nothing where all are right.
std::optional<std::size_t> find_bad_escape(std::string_view inside) noexcept;

/// How many backslashes stand before `at`: an odd number begins an escape there.
std::size_t backslashes_before(std::string_view text, std::size_t at) noexcept;

/// Bytes at the end of what stands between the quotes, or of its start, that begin an escape or a character without
/// ending it.
std::size_t cut_json_string(std::string_view inside) noexcept;

/// What the string says; half of a surrogate pair in three bytes (WTF-8).
std::string decode_json_string(std::string_view inside);

/// The same string as Python's ensure_ascii writes it, without quotes.
void append_ascii_json(std::string_view inside, std::string& out);

/// Which escapes a string is written with, of those that programs write: whether it comes out the same where it is
/// decoded and written again. Takes it in pieces that cut no character and no escape.
class JsonEscapesChecker {
 public:
  void add(std::string_view inside);
  /// As Python's json.dumps does: all but ASCII as escapes.
  bool are_ascii() const noexcept { return ascii_; }
  /// As JSON.stringify and json.dumps(ensure_ascii=False) do: only what must be.
  bool are_few() const noexcept { return few_ && is_unicode(); }
  /// Whether it says something that UTF-8 can: no half of a surrogate pair stands alone.
  bool is_unicode() const noexcept { return !lone_half_ && !high_half_; }

 private:
  void add_escape(std::string_view written, std::uint32_t unit);

  bool ascii_ = true;
  bool few_ = true;
  bool high_half_ = false;  // The last thing was the first half of a pair.
  bool lone_half_ = false;
};

/// decode_json_string in pieces, for strings that say something that UTF-8 can. A piece cuts no character and no
/// escape, but perhaps the two halves of a pair.
class JsonStringDecoder {
 public:
  void decode(std::string_view inside, std::string& out);

 private:
  std::uint32_t high_half_ = 0;
};

// Texts of ours, without escapes.

/// Whether append_ascii_text() adds it as it is.
bool is_plain_ascii(std::string_view text) noexcept;

/// Whether it is UTF-8, but for halves of surrogate pairs, which may stand as three bytes.
bool is_wtf8(std::string_view text) noexcept;

/// Such a text as Python's ensure_ascii writes it, without quotes.
void append_ascii_text(std::string_view text, std::string& out);

/// A text in UTF-8 with the escapes that it must have and no others, without quotes.
void append_few_escapes_text(std::string_view text, std::string& out);

}  // namespace coffer
