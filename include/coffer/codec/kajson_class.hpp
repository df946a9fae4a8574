#pragma once

#include <string_view>

namespace coffer {

/// Whether a name is written as it is: printable ASCII without quotes and backslashes. Classes and modules must be.
constexpr bool is_plain_kajson(std::string_view name) noexcept {
  for (const char c : name) {
    if (c < 0x20 || c > 0x7E || c == '"' || c == '\\') return false;
  }
  return !name.empty();
}

/// The class as which Kajson names objects of T; by COFFER_KAJSON_CLASS. Without one T's objects have no tags.
template <class T>
struct KajsonClass {};

// NOLINTBEGIN(cppcoreguidelines-macro-usage,bugprone-macro-parentheses): a specialisation, as Boost.Describe's.
/// Outside of any namespace: COFFER_KAJSON_CLASS(shop::Ticket, "Ticket", "shop.tickets").
#define COFFER_KAJSON_CLASS(TYPE, NAME, MODULE)                                     \
  template <>                                                                       \
  struct coffer::KajsonClass<TYPE> {                                                \
    static constexpr std::string_view name = NAME;                                  \
    static constexpr std::string_view module = MODULE;                              \
    static_assert(coffer::is_plain_kajson(name) && coffer::is_plain_kajson(module), \
                  "write it in printable ASCII, without quotes and backslashes");   \
  };
// NOLINTEND(cppcoreguidelines-macro-usage,bugprone-macro-parentheses)

}  // namespace coffer
