#pragma once

#include <optional>
#include <string_view>

#include <coffer/codec/json_document.hpp>

namespace coffer {

/// What a scalar that is no string is: RFC 8259's numbers and words, and CPython's NaN, Infinity and -Infinity, which
/// are numbers. Nothing where it is none of them.
std::optional<JsonValue::Kind> kind_of_word(std::string_view word) noexcept;

/// Of such a number; ±infinity or ±0 where it is beyond what a double holds.
double nearest_double(std::string_view number) noexcept;

}  // namespace coffer
