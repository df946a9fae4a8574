#include "codec/base64.hpp"

#include <algorithm>
#include <cstring>

namespace coffer {
namespace {

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 0xFF;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_digit);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    values[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr std::array<std::uint8_t, 256> values = make_values();

/// Two characters for each twelve bits.
constexpr std::array<std::array<char, 2>, 4096> make_pairs() {
  std::array<std::array<char, 2>, 4096> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {digits[i >> 6U], digits[i & 0x3FU]};
  return pairs;
}
constexpr std::array<std::array<char, 2>, 4096> pairs = make_pairs();

constexpr std::uint32_t value_of(char c) noexcept { return values[static_cast<unsigned char>(c)]; }

/// Four characters, of which the last two may be padding. How many bytes they are.
std::size_t decode_four(const char* four, std::byte* out) noexcept {
  const std::uint32_t third = four[2] == '=' ? 0 : value_of(four[2]);
  const std::uint32_t fourth = four[3] == '=' ? 0 : value_of(four[3]);
  const std::uint32_t bits = value_of(four[0]) << 18U | value_of(four[1]) << 12U | third << 6U | fourth;
  const std::size_t count = four[3] != '=' ? 3 : four[2] != '=' ? 2 : 1;
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::byte>(bits >> (16U - 8U * i));
  return count;
}

void encode_three(const std::byte* three, char* out) noexcept {
  const std::uint32_t bits = std::to_integer<std::uint32_t>(three[0]) << 16U |
                             std::to_integer<std::uint32_t>(three[1]) << 8U | std::to_integer<std::uint32_t>(three[2]);
  std::memcpy(out, pairs[bits >> 12U].data(), 2);
  std::memcpy(out + 2, pairs[bits & 0xFFFU].data(), 2);
}

}  // namespace

void Base64Checker::add(std::string_view piece) noexcept {
  // Runs of digits first, without a branch for each; what is padding or wrong is looked at one by one.
  constexpr std::size_t run = 64;
  while (good_ && padding_ == 0 && piece.size() > run) {
    std::uint8_t all = 0;
    for (std::size_t i = 0; i < run; ++i) all |= values[static_cast<unsigned char>(piece[i])];
    if (all == no_digit) break;  // No digit has its upper bits.
    count_ += run;
    last_ = value_of(piece[run - 1]);
    piece.remove_prefix(run);
  }
  for (const char c : piece) add(c);
}

void Base64Checker::add(char c) noexcept {
  if (c == '=') {
    // One behind three digits of four, two behind two, whose bits behind the last byte are 0.
    if (padding_ == 0) spare_bits_ = last_ & (count_ % 4 == 2 ? 0xFU : 0x3U);
    if (count_ % 4 < 2 || ++padding_ > 2) good_ = false;
  } else {
    last_ = value_of(c);
    if (last_ == no_digit || padding_ > 0) good_ = false;
  }
  ++count_;
}

std::size_t Base64Decoder::decode(std::string_view piece, std::byte* out) noexcept {
  std::byte* const begin = out;
  while (held_count_ > 0 && held_count_ < 4 && !piece.empty()) {
    held_[held_count_++] = piece.front();
    piece.remove_prefix(1);
  }
  if (held_count_ == 4) {
    out += decode_four(held_.data(), out);
    held_count_ = 0;
  }
  const std::size_t whole = held_count_ == 0 ? piece.size() / 4 * 4 : 0;
  // All but the last four have no padding.
  std::size_t at = 0;
  for (; at + 4 < whole; at += 4) {
    const std::uint32_t bits = value_of(piece[at]) << 18U | value_of(piece[at + 1]) << 12U |
                               value_of(piece[at + 2]) << 6U | value_of(piece[at + 3]);
    out[0] = static_cast<std::byte>(bits >> 16U);
    out[1] = static_cast<std::byte>(bits >> 8U);
    out[2] = static_cast<std::byte>(bits);
    out += 3;
  }
  if (at < whole) out += decode_four(piece.data() + at, out);
  for (const char c : piece.substr(whole)) held_[held_count_++] = c;
  return static_cast<std::size_t>(out - begin);
}

std::size_t Base64Encoder::encode(std::span<const std::byte> piece, char* out) noexcept {
  char* const begin = out;
  while (held_count_ > 0 && held_count_ < 3 && !piece.empty()) {
    held_[held_count_++] = piece.front();
    piece = piece.subspan(1);
  }
  if (held_count_ == 3) {
    encode_three(held_.data(), out);
    out += 4;
    held_count_ = 0;
  }
  const std::size_t whole = held_count_ == 0 ? piece.size() / 3 * 3 : 0;
  for (std::size_t at = 0; at < whole; at += 3) {
    encode_three(piece.data() + at, out);
    out += 4;
  }
  for (const std::byte byte : piece.subspan(whole)) held_[held_count_++] = byte;
  return static_cast<std::size_t>(out - begin);
}

std::size_t Base64Encoder::finish(char* out) noexcept {
  if (held_count_ == 0) return 0;
  for (std::size_t i = held_count_; i < held_.size(); ++i) held_[i] = std::byte{0};
  encode_three(held_.data(), out);
  for (std::size_t i = held_count_ + 1; i < 4; ++i) out[i] = '=';
  held_count_ = 0;
  return 4;
}

}  // namespace coffer
