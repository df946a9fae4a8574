#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace coffer {

// Strings as JSON writes them. `inside` is what stands between the quotes, checked: UTF-8 without control characters,
// each escape whole.

/// Where an escape is none that JSON has; nothing where all are right.
std::optional<std::size_t> find_bad_escape(std::string_view inside) noexcept;

/// What the string says; half of a surrogate pair in three bytes (WTF-8).
std::string decode_json_string(std::string_view inside);

/// The same string as Python's ensure_ascii writes it, without quotes.
void append_ascii_json(std::string_view inside, std::string& out);

// Texts of ours, without escapes.

/// Whether it is UTF-8, but for halves of surrogate pairs, which may stand as three bytes.
bool is_wtf8(std::string_view text) noexcept;

/// Such a text as Python's ensure_ascii writes it, without quotes.
void append_ascii_text(std::string_view text, std::string& out);

}  // namespace coffer
