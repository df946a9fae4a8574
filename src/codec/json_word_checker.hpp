#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coffer {

/// Whether what comes in pieces is a scalar as kind_of_word() has it, however long: a number, null, true, false, NaN,
/// Infinity or -Infinity.
class JsonWordChecker {
 public:
  /// False where no more characters can make it one.
  bool add(std::string_view piece) noexcept;
  /// Whether it is one as it stands.
  bool is_whole() const noexcept;
  void clear() noexcept { *this = JsonWordChecker(); }

 private:
  enum class State : std::uint8_t {
    nothing,
    minus,
    zero,
    digits,
    point,
    fraction,
    exponent,
    exponent_sign,
    exponent_digits,
    letters,
  };

  bool add(char c) noexcept;

  State state_ = State::nothing;
  std::string_view letters_;  // What is left of the word that began.
};

}  // namespace coffer
