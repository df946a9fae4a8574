#pragma once

#include <string_view>
#include <utility>

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

/// How the values of an enum stand by themselves, as those of Python's StrEnum and IntEnum do; by
/// COFFER_KAJSON_TEXT_ENUM, COFFER_KAJSON_ENUM_TEXTS or COFFER_KAJSON_NUMBER_ENUM. Without one they are objects, as
/// those of an Enum.
template <class T>
struct KajsonBareEnum {};

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

/// Each value is the text of its name. Outside of any namespace, as all of these: COFFER_KAJSON_TEXT_ENUM(shop::Mood).
#define COFFER_KAJSON_TEXT_ENUM(TYPE)     \
  template <>                             \
  struct coffer::KajsonBareEnum<TYPE> {   \
    static constexpr bool is_text = true; \
  };

/// Each value is a text of its own: COFFER_KAJSON_ENUM_TEXTS(shop::Format, {shop::Format::png, "image/png"}, ...). It
/// need not be described.
#define COFFER_KAJSON_ENUM_TEXTS(TYPE, ...)                                     \
  template <>                                                                   \
  struct coffer::KajsonBareEnum<TYPE> {                                         \
    static constexpr bool is_text = true;                                       \
    static constexpr std::pair<TYPE, std::string_view> texts[] = {__VA_ARGS__}; \
  };

/// Each value is its number: COFFER_KAJSON_NUMBER_ENUM(shop::Level).
#define COFFER_KAJSON_NUMBER_ENUM(TYPE)    \
  template <>                              \
  struct coffer::KajsonBareEnum<TYPE> {    \
    static constexpr bool is_text = false; \
  };
// NOLINTEND(cppcoreguidelines-macro-usage,bugprone-macro-parentheses)

}  // namespace coffer
