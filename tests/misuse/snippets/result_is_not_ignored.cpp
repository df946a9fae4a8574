// A Result that nobody looks at is an error that nobody sees.
// error: ignoring return value.*nodiscard
#include <string_view>

#include <coffer/base/uri.hpp>

bool is_uri(std::string_view text) {
  coffer::Uri::parse(text);  // MISUSE
  return coffer::Uri::parse(text).has_value();
}
