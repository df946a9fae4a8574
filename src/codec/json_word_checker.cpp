#include "codec/json_word_checker.hpp"

#include "base/ascii.hpp"

namespace coffer {
namespace {

constexpr std::string_view word_that_begins_with(char c) noexcept {
  switch (c) {
    case 'n':
      return "null";
    case 't':
      return "true";
    case 'f':
      return "false";
    case 'N':
      return "NaN";
    case 'I':
      return "Infinity";
    default:
      return {};
  }
}

}  // namespace

bool JsonWordChecker::add(std::string_view piece) noexcept {
  for (const char c : piece) {
    if (!add(c)) return false;
  }
  return true;
}

bool JsonWordChecker::add(char c) noexcept {
  const auto go_on = [this](State state, bool allowed = true) {
    state_ = state;
    return allowed;
  };
  const auto begin = [&] {
    if (c == '0') return go_on(State::zero);
    return go_on(State::digits, is_digit(c));
  };
  const auto letter = [&](std::string_view word) {
    letters_ = word.substr(word.empty() ? 0 : 1);
    return go_on(State::letters, !word.empty());
  };
  const auto behind_digits = [&] {
    if (c == '.') return go_on(State::point);
    return go_on(State::exponent, c == 'e' || c == 'E');
  };
  switch (state_) {
    case State::nothing:
      if (c == '-') return go_on(State::minus);
      return c >= 'A' ? letter(word_that_begins_with(c)) : begin();
    case State::minus:
      return c == 'I' ? letter("Infinity") : begin();
    case State::zero:
      return behind_digits();
    case State::digits:
      return is_digit(c) || behind_digits();
    case State::point:
      return go_on(State::fraction, is_digit(c));
    case State::fraction:
      return is_digit(c) || go_on(State::exponent, c == 'e' || c == 'E');
    case State::exponent:
      if (c == '+' || c == '-') return go_on(State::exponent_sign);
      return go_on(State::exponent_digits, is_digit(c));
    case State::exponent_sign:
      return go_on(State::exponent_digits, is_digit(c));
    case State::exponent_digits:
      return is_digit(c);
    case State::letters:
      if (letters_.empty() || letters_.front() != c) return false;
      letters_.remove_prefix(1);
      return true;
  }
  return false;
}

bool JsonWordChecker::is_whole() const noexcept {
  switch (state_) {
    case State::zero:
    case State::digits:
    case State::fraction:
    case State::exponent_digits:
      return true;
    case State::letters:
      return letters_.empty();
    default:
      return false;
  }
}

}  // namespace coffer
