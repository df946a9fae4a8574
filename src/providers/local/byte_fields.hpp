#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <coffer/base/checksum.hpp>

namespace coffer {

// The fields of Coffer's own records in files: numbers little-endian, a text its length in bytes (u16), then its bytes.

inline std::uint32_t checksum_of(std::string_view bytes) {
  return crc32c(std::as_bytes(std::span(bytes.data(), bytes.size())));
}

template <std::unsigned_integral Number>
void put(std::string& out, Number value) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) out += static_cast<char>((value >> (8 * i)) & 0xffU);
}

inline void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint16_t>(text.size()));
  out += text;
}

/// Takes values off the front; `ok` turns false where the bytes end too early, and everything after it is empty.
struct FieldReader {
  std::string_view rest;
  bool ok = true;

  std::string_view take(std::size_t count) {
    if (rest.size() < count) {
      ok = false;
      rest = {};
      return {};
    }
    const std::string_view taken = rest.substr(0, count);
    rest.remove_prefix(count);
    return taken;
  }

  template <std::unsigned_integral Number>
  Number number() {
    Number value = 0;
    const std::string_view bytes = take(sizeof(Number));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      value = static_cast<Number>(
          value | static_cast<Number>(static_cast<Number>(static_cast<unsigned char>(bytes[i])) << (8 * i)));
    }
    return value;
  }

  std::string text() { return std::string(take(number<std::uint16_t>())); }
};

}  // namespace coffer
