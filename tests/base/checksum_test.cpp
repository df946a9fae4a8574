#include <string>
#include <string_view>
#include <vector>

#include <coffer/base/checksum.hpp>
#include <gtest/gtest.h>

namespace coffer {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

struct Known {
  std::string bytes;
  std::uint32_t crc;
};

std::string counting(int first, int step) {
  std::string bytes;
  for (int i = 0, value = first; i < 32; ++i, value += step) bytes += static_cast<char>(value);
  return bytes;
}

TEST(Crc32c, it_gives_the_published_values) {  // RFC 3720, B.4, and the usual check value
  const Known cases[] = {
      {"", 0x00000000},
      {"123456789", 0xe3069283},
      {std::string(32, '\0'), 0x8a9136aa},
      {std::string(32, '\xff'), 0x62a8ab43},
      {counting(0, 1), 0x46dd794e},
      {counting(31, -1), 0x113fdb5c},
  };
  for (const Known& c : cases) EXPECT_EQ(crc32c(bytes_of(c.bytes)), c.crc);
}

TEST(Crc32c, it_does_not_matter_how_the_bytes_are_cut) {
  std::string bytes;
  for (int i = 0; i < 5000; ++i) bytes += static_cast<char>(i * 31 + i / 256);
  const std::uint32_t whole = crc32c(bytes_of(bytes));
  for (std::size_t step = 1; step < bytes.size(); step = step * 3 + 1) {
    Crc32c checksum;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      checksum.update(bytes_of(std::string_view(bytes).substr(at, step)));
      checksum.update({});
    }
    EXPECT_EQ(checksum.value(), whole) << step;
  }
}

TEST(Crc32c, one_changed_bit_changes_it) {
  std::vector<std::byte> bytes(4096, std::byte{0x5a});
  const std::uint32_t before = crc32c(bytes);
  for (const std::size_t place : {std::size_t{0}, std::size_t{2047}, std::size_t{4095}}) {
    bytes[place] ^= std::byte{1};
    EXPECT_NE(crc32c(bytes), before) << place;
    bytes[place] ^= std::byte{1};
  }
  EXPECT_EQ(crc32c(bytes), before);
}

TEST(Crc32c, its_text_is_eight_lower_case_digits) {
  EXPECT_EQ(crc32c_text(0xe3069283), "e3069283");
  EXPECT_EQ(crc32c_text(0xABC), "00000abc");
  EXPECT_EQ(crc32c_text(0), "00000000");
}

}  // namespace
}  // namespace coffer
