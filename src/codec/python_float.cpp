#include "codec/python_float.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace coffer {

void append_python_float(double value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value < 0 ? "-Infinity" : "Infinity";
    return;
  }
  // Where repr has no exponent.
  constexpr double least_fixed = 1e-4;
  constexpr double beyond_fixed = 1e16;
  const double size = std::abs(value);
  const bool fixed = size == 0 || (size >= least_fixed && size < beyond_fixed);
  std::array<char, 32> text;
  const char* const end = std::to_chars(text.data(), text.data() + text.size(), value,
                                        fixed ? std::chars_format::fixed : std::chars_format::scientific)
                              .ptr;
  const std::string_view shortest(text.data(), end);
  out += shortest;
  if (fixed && shortest.find('.') == std::string_view::npos) out += ".0";
}

}  // namespace coffer
