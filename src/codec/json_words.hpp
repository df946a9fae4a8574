#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <coffer/codec/json_document.hpp>

namespace coffer {

/// What may stand between the words of JSON.
constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// What a scalar that is no string is: RFC 8259's numbers and words, and CPython's NaN, Infinity and -Infinity, which
/// are numbers. Nothing where it is none of them.
std::optional<JsonValue::Kind> kind_of_word(std::string_view word) noexcept;

// Of such a number:

/// Nothing where it has a fraction or an exponent, or 64 bits do not hold it.
std::optional<std::int64_t> whole_number(std::string_view number) noexcept;
/// The same of one that is not negative.
std::optional<std::uint64_t> natural_number(std::string_view number) noexcept;

/// ±infinity or ±0 where it is beyond what a double holds.
double nearest_double(std::string_view number) noexcept;

}  // namespace coffer
