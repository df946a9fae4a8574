#include <limits>

#include <coffer/base/byte_size.hpp>
#include <coffer/base/literals.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t most_bytes = std::numeric_limits<std::uint64_t>::max();

TEST(Literals, they_are_powers_of_1024) {
  static_assert(1_KiB == 1024 && 3_MiB == 3 * 1024 * 1024 && 5_GiB == std::uint64_t{5} * 1024 * 1024 * 1024);
  EXPECT_EQ(64_MiB, parse_byte_size("64MiB").value());
}

struct Good {
  std::string_view text;
  std::uint64_t bytes;
};

TEST(ByteSize, parse_reads_bytes_and_units) {
  const Good cases[] = {
      {"0", 0},
      {"4096", 4096},
      {"4096B", 4096},
      {"64K", 64_KiB},
      {"64k", 64_KiB},
      {"64KiB", 64_KiB},
      {"64kib", 64_KiB},
      {"64kB", 64000},
      {"64KB", 64000},
      {"3M", 3_MiB},
      {"10MB", 10000000},
      {"1.5GiB", 1536_MiB},
      {"1.5 GiB", 1536_MiB},
      {"0.5K", 512},
      {"0.1KiB", 102},
      {"0.001kB", 1},
      {"0.29MB", 290000},
      {"2T", 2048_GiB},
      {"1TB", 1000000000000},
      {"1P", 1024 * 1024_GiB},
      {"15E", 15 * 1024 * 1024 * 1024_GiB},
      {"15.99999999999999999999999999999999EiB", most_bytes},
      {"18446744073709551615", most_bytes},
      {"18446744073709551615B", most_bytes},
  };
  for (const Good& c : cases) {
    const Result<std::uint64_t> parsed = parse_byte_size(c.text);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error().what();
    EXPECT_EQ(*parsed, c.bytes) << c.text;
  }
}

struct BadSize {
  std::string_view text;
  std::string_view why;
};

TEST(ByteSize, parse_refuses_the_rest_and_says_why) {
  const BadSize cases[] = {
      {"", "empty"},
      {"K", "begin with a digit"},
      {"-1", "begin with a digit"},
      {"+1", "begin with a digit"},
      {" 1", "begin with a digit"},
      {".5K", "begin with a digit"},
      {"1.K", "after the point"},
      {"1.5", "parts of a byte"},
      {"1.5B", "parts of a byte"},
      {"1.2.3K", "unit is unknown"},
      {"1X", "unit is unknown"},
      {"1Ki", "unit is unknown"},
      {"1KiBs", "unit is unknown"},
      {"1 K B", "unit is unknown"},
      {"1K ", "unit is unknown"},
      {"1e6", "unit is unknown"},
      {"0x10", "unit is unknown"},
      {"1,5K", "unit is unknown"},
      {"18446744073709551616", "larger than"},
      {"16E", "larger than"},
      {"99999999999999999999K", "larger than"},
      {"18446744073709551615K", "larger than"},
  };
  for (const BadSize& c : cases) {
    const Result<std::uint64_t> parsed = parse_byte_size(c.text);
    ASSERT_FALSE(parsed) << c.text << " became " << *parsed;
    EXPECT_EQ(parsed.error().kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(parsed.error().message(), HasSubstr(c.why)) << c.text;
  }
}

TEST(ByteSize, format_is_for_people) {
  const Good cases[] = {
      {"0 B", 0},
      {"300 B", 300},
      {"1023 B", 1023},
      {"1 KiB", 1024},
      {"1.5 KiB", 1536},
      {"64 MiB", 64_MiB},
      {"1.5 GiB", 1536_MiB},
      {"12.3 MiB", 12_MiB + 300_KiB},
      {"1023 KiB", 1023_KiB},
      {"1023.9 KiB", 1023_KiB + 900},
      {"1 MiB", 1_MiB - 1},
      {"1 GiB", 1_GiB - 1},
      {"2 TiB", 2048_GiB},
      {"16 EiB", most_bytes},
  };
  for (const Good& c : cases) EXPECT_EQ(format_byte_size(c.bytes), c.text) << c.bytes;
}

TEST(ByteSize, what_format_writes_parse_reads_to_within_a_twentieth_of_the_unit) {
  for (std::uint64_t bytes = 1; bytes < 1024_GiB; bytes = bytes * 7 / 3 + 1) {
    const std::uint64_t back = parse_byte_size(format_byte_size(bytes)).value();
    EXPECT_LE(back > bytes ? back - bytes : bytes - back, bytes / 18 + 1) << bytes;
  }
}

}  // namespace
}  // namespace coffer
