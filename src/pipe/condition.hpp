#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <coffer/base/result.hpp>
#include <coffer/pipe/pipeline.hpp>

namespace coffer {

// What decides whether a pipe with a condition runs. Pure.

/// What a condition looks at of a content of these bytes: all of it without the line break at its end, or a member's
/// text; a member that is no string counts as it is written. Error{invalid_argument} where there is no such member.
Result<std::string> conditional_text(const ConditionSpec& condition, std::string_view content);
/// Whether it holds for what it looks at.
bool holds(const ConditionSpec& condition, std::string_view text);
/// "kind is 'a' or 'b'", "the member 'genre' of kind is not 'a'".
std::string words_of(const ConditionSpec& condition);
/// Why it does not hold for this text: "kind is 'c' and not 'a' or 'b'".
std::string why_not(const ConditionSpec& condition, std::string_view text);
/// Whether at most one of them holds, whatever the content.
bool exclude_each_other(const ConditionSpec& a, const ConditionSpec& b);

}  // namespace coffer
