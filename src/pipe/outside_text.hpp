#pragma once

#include <string>
#include <string_view>

namespace coffer {

/// For text from outside in an HTML page, inside an element or a quoted attribute: no markup, no control characters
/// (their pictures instead, but for tabs and line breaks), U+FFFD for what is no UTF-8.
std::string html_text(std::string_view text);

/// As a JSON string, quotes included: also for a script element of an HTML page, which it cannot end.
std::string json_text(std::string_view text);

}  // namespace coffer
