#include <array>
#include <charconv>
#include <limits>

#include <coffer/base/byte_size.hpp>

#include "base/ascii.hpp"

namespace coffer {
namespace {

constexpr std::string_view size_forms = R"(write for example "4096", "64KiB", "1.5GiB" or "10MB")";
constexpr std::string_view prefixes = "kmgtpe";

Error bad_size(std::string_view why) {
  return {ErrorKind::invalid_argument, std::string("size: ").append(why).append("; ").append(size_forms)};
}

std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

/// "KiB" -> 1024; 0 where there is no such unit.
std::uint64_t factor_of(std::string_view unit) {
  const std::string name = lower_case(unit);
  if (name.empty() || name == "b") return 1;
  const std::size_t power = prefixes.find(name[0]);
  const std::string rest = name.substr(1);
  if (power == std::string_view::npos || (!rest.empty() && rest != "ib" && rest != "b")) return 0;
  std::uint64_t factor = 1;
  for (std::size_t i = 0; i <= power; ++i) factor *= rest == "b" ? 1000 : 1024;
  return factor;
}

/// The whole bytes in 0.`decimals` of `factor`.
std::uint64_t fraction_of(std::string_view decimals, std::uint64_t factor) {
  std::uint64_t bytes = 0;
  // From the right: cutting at each digit gives what one cut at the end would, and 10 EiB fit in 64 bits.
  for (auto digit = decimals.rbegin(); digit != decimals.rend(); ++digit) {
    bytes = (static_cast<std::uint64_t>(*digit - '0') * factor + bytes) / 10;
  }
  return bytes;
}

}  // namespace

Result<std::uint64_t> parse_byte_size(std::string_view text) {
  if (text.empty()) return bad_size("it is empty");
  std::string_view rest = text;
  const std::string_view digits = take_digits(rest);
  if (digits.empty()) return bad_size("it does not begin with a digit");
  std::uint64_t whole = 0;
  const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
  if (code != std::errc()) return bad_size("it is larger than 2^64 bytes");

  std::string_view decimals;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    decimals = take_digits(rest);
    if (decimals.empty()) return bad_size("there is no digit after the point");
  }
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  const std::uint64_t factor = factor_of(rest);
  if (factor == 0) return bad_size("the unit is unknown");
  if (factor == 1 && !decimals.empty()) return bad_size("there are no parts of a byte");

  constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t part = fraction_of(decimals, factor);
  if (whole > (largest - part) / factor) return bad_size("it is larger than 2^64 bytes");
  return whole * factor + part;
}

std::string format_byte_size(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 7> units = {" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
  if (bytes < 1024) return std::to_string(bytes).append(units[0]);
  std::size_t unit = 0;
  std::uint64_t whole = bytes;
  std::uint64_t below = 0;  // the rest, in 1024ths
  for (; whole >= 1024; ++unit, whole /= 1024) below = whole % 1024;
  std::uint64_t tenths = whole * 10 + (below * 10 + 512) / 1024;
  // 1023.96 KiB is 1024.0 KiB when rounded, so 1 MiB.
  if (tenths >= 10240 && unit + 1 < units.size()) {
    tenths = 10;
    ++unit;
  }
  std::string text = std::to_string(tenths / 10);
  if (tenths % 10 != 0) text.append(".").append(std::to_string(tenths % 10));
  return text.append(units[unit]);
}

}  // namespace coffer
