#include "codec/json_words.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <system_error>

#include "base/ascii.hpp"

namespace coffer {
namespace {

/// Moves behind the digits at `at`. Whether there were any.
bool skip_digits(std::string_view text, std::size_t& at) noexcept {
  const std::size_t begin = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  return at > begin;
}

bool is_number(std::string_view word) noexcept {
  std::size_t at = word.starts_with('-') ? 1 : 0;
  if (at < word.size() && word[at] == '0') {
    ++at;
  } else if (!skip_digits(word, at)) {
    return false;
  }
  if (at < word.size() && word[at] == '.') {
    ++at;
    if (!skip_digits(word, at)) return false;
  }
  if (at < word.size() && (word[at] == 'e' || word[at] == 'E')) {
    ++at;
    if (at < word.size() && (word[at] == '+' || word[at] == '-')) ++at;
    if (!skip_digits(word, at)) return false;
  }
  return at == word.size();
}

template <class Integer>
std::optional<Integer> read_whole(std::string_view number) noexcept {
  Integer integer = 0;
  const char* const end = number.data() + number.size();
  const auto [behind, code] = std::from_chars(number.data(), end, integer);
  if (code != std::errc() || behind != end) return std::nullopt;
  return integer;
}

/// Whether a number that no double holds is too large, not too small: by its decimal exponent.
bool is_huge(std::string_view digits) noexcept {
  const std::size_t exponent_at = digits.find_first_of("eE");
  const std::string_view mantissa = digits.substr(0, exponent_at);
  std::int64_t exponent = 0;
  if (exponent_at != std::string_view::npos) {
    std::string_view text = digits.substr(exponent_at + 1);
    const bool negative = text.starts_with('-');
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    constexpr std::int64_t beyond_any_text = std::int64_t{1} << 40U;
    if (code != std::errc()) exponent = negative ? -beyond_any_text : beyond_any_text;
    exponent = std::clamp(exponent, -beyond_any_text, beyond_any_text);
  }
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  const std::size_t first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) return false;
  return exponent + static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first) > 0;
}

}  // namespace

std::optional<JsonValue::Kind> kind_of_word(std::string_view word) noexcept {
  if (is_number(word)) return JsonValue::Kind::number;
  if (word == "null") return JsonValue::Kind::null;
  if (word == "true" || word == "false") return JsonValue::Kind::boolean;
  if (word == "NaN" || word == "Infinity" || word == "-Infinity") return JsonValue::Kind::number;
  return std::nullopt;
}

std::optional<std::int64_t> whole_number(std::string_view number) noexcept { return read_whole<std::int64_t>(number); }

std::optional<std::uint64_t> natural_number(std::string_view number) noexcept {
  if (number == "-0") return 0;
  return read_whole<std::uint64_t>(number);
}

double nearest_double(std::string_view number) noexcept {
  if (number == "NaN") return std::numeric_limits<double>::quiet_NaN();
  const bool negative = number.starts_with('-');
  const std::string_view digits = negative ? number.substr(1) : number;
  double value = 0;
  if (digits == "Infinity") {
    value = std::numeric_limits<double>::infinity();
  } else {
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (code == std::errc::result_out_of_range) value = is_huge(digits) ? std::numeric_limits<double>::infinity() : 0.0;
  }
  return negative ? -value : value;
}

}  // namespace coffer
