#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coffer {

// Base64 (RFC 4648, section 4), in pieces of any size. Only the canonical form is taken: the standard alphabet, padded,
// no line breaks, no bits behind the last byte. So decoding and encoding again gives the same characters.

/// Whether all pieces together are canonical.
class Base64Checker {
 public:
  void add(std::string_view piece) noexcept;
  /// Whether what came so far is canonical; nothing is, too.
  bool is_canonical() const noexcept { return good_ && count_ % 4 == 0 && spare_bits_ == 0; }
  /// Whether anything that comes can make it canonical still.
  bool is_possible() const noexcept { return good_; }

 private:
  void add(char c) noexcept;

  bool good_ = true;
  std::uint64_t count_ = 0;
  unsigned padding_ = 0;
  unsigned last_ = 0;        // The last digit.
  unsigned spare_bits_ = 0;  // Of the last digit, behind the last byte.
};

/// Decodes what is canonical; for anything else the result is without meaning.
class Base64Decoder {
 public:
  /// How many bytes may come of so many characters.
  static constexpr std::size_t room(std::size_t characters) noexcept { return characters / 4 * 3 + 3; }
  /// Writes to `out`, which has room(piece.size()) bytes. How many it wrote.
  std::size_t decode(std::string_view piece, std::byte* out) noexcept;

 private:
  std::array<char, 4> held_{};
  std::size_t held_count_ = 0;
};

class Base64Encoder {
 public:
  /// How many characters may come of so many bytes.
  static constexpr std::size_t room(std::size_t bytes) noexcept { return bytes / 3 * 4 + 4; }
  /// Writes to `out`, which has room(piece.size()) characters. How many it wrote.
  std::size_t encode(std::span<const std::byte> piece, char* out) noexcept;
  /// The last characters, at most four.
  std::size_t finish(char* out) noexcept;

 private:
  std::array<std::byte, 3> held_{};
  std::size_t held_count_ = 0;
};

}  // namespace coffer
