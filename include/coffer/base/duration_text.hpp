#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <coffer/base/result.hpp>

namespace coffer {

/// "400 ms", "1.2 s", "12 s", "3 min 20 s", "2 h 5 min": for people.
std::string format_duration(std::chrono::nanoseconds time);

/// "250ms", "30s", "5m", "2h": a whole number and its unit, at most 7 days. Error{invalid_argument}.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The same text, in the largest unit that is exact: "90s", "2m".
std::string duration_text(std::chrono::milliseconds duration);

}  // namespace coffer
