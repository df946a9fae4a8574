#include "cli/text.hpp"

#include <chrono>
#include <cstdlib>
#include <ctime>

#include <gtest/gtest.h>

namespace coffer::cli {
namespace {

using namespace std::chrono_literals;

TEST(CliText, a_rate_is_bytes_over_time) {
  EXPECT_EQ(format_rate(10ULL << 20U, 2s), "5 MiB/s");
  EXPECT_EQ(format_rate(10ULL << 20U, 0s), "-");
}

TEST(CliText, times_are_local_for_people_and_utc_for_programs) {
  const auto time = std::chrono::system_clock::from_time_t(1'767'323'045) + 678ms;
  EXPECT_EQ(format_utc_time(time), "2026-01-02T03:04:05.678Z");
  ::setenv("TZ", "UTC-2", 1);
  ::tzset();
  EXPECT_EQ(format_local_time(time), "2026-01-02 05:04:05");
  ::unsetenv("TZ");
  ::tzset();
}

TEST(CliText, a_time_before_1970_has_a_fraction_that_counts_forward) {
  EXPECT_EQ(format_utc_time(std::chrono::system_clock::from_time_t(0) - 1ms), "1969-12-31T23:59:59.999Z");
}

TEST(CliText, an_age_has_a_unit) {
  EXPECT_EQ(*parse_age("0"), 0s);
  EXPECT_EQ(*parse_age("30s"), 30s);
  EXPECT_EQ(*parse_age("15m"), 15min);
  EXPECT_EQ(*parse_age("2h"), 2h);
  EXPECT_EQ(*parse_age("7d"), 168h);
}

TEST(CliText, what_is_no_age_is_refused_with_an_example) {
  for (const char* text : {"", "5", "h", "-1h", "1.5h", "1 h", "1w", "99999999999999999999h", "9223372036854775807d"}) {
    const auto age = parse_age(text);
    ASSERT_FALSE(age) << text;
    EXPECT_EQ(age.error().kind(), ErrorKind::invalid_argument);
    EXPECT_NE(age.error().message().find("2h"), std::string::npos) << age.error().message();
  }
}

TEST(CliText, a_name_cannot_drive_the_terminal) {
  EXPECT_EQ(printable("a\x1b[31mb\nc\x7f"), "a\\x1b[31mb\\x0ac\\x7f");
  EXPECT_EQ(printable("Grüße.txt"), "Grüße.txt");
  // U+009B is what ESC [ is, U+00A0 a blank.
  EXPECT_EQ(printable("a\xc2\x9b[m\xc2\x9f!\xc2"), "a\\xc2\\x9b[m\\xc2\\x9f!\xc2");
  EXPECT_EQ(printable("\xc2\xa0"), "\xc2\xa0");
  // The same as one byte, and what would turn the rest of the line about.
  EXPECT_EQ(printable("a\x9b"
                      "31m ü"),
            "a\\x9b31m ü");
  EXPECT_EQ(printable("a\u202egnp.exe\u2069"), "a\\xe2\\x80\\xaegnp.exe\\xe2\\x81\\xa9");
}

}  // namespace
}  // namespace coffer::cli
