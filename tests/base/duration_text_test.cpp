#include <chrono>

#include <coffer/base/duration_text.hpp>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using namespace std::chrono_literals;

TEST(DurationText, a_duration_has_two_units_at_most) {
  EXPECT_EQ(format_duration(0ms), "0 ms");
  EXPECT_EQ(format_duration(999ms), "999 ms");
  EXPECT_EQ(format_duration(1234ms), "1.2 s");
  EXPECT_EQ(format_duration(9999ms), "9.9 s");
  EXPECT_EQ(format_duration(59'999ms), "59 s");
  EXPECT_EQ(format_duration(200s), "3 min 20 s");
  EXPECT_EQ(format_duration(7500s), "2 h 5 min");
}

using std::chrono::milliseconds;

TEST(DurationText, is_a_whole_number_and_its_unit) {
  EXPECT_EQ(parse_duration("0s").value(), milliseconds(0));
  EXPECT_EQ(parse_duration("250ms").value(), milliseconds(250));
  EXPECT_EQ(parse_duration("30s").value(), milliseconds(30'000));
  EXPECT_EQ(parse_duration("5m").value(), milliseconds(300'000));
  EXPECT_EQ(parse_duration("168h").value(), milliseconds(604'800'000));
}

TEST(DurationText, what_is_none_is_refused) {
  for (const char* text : {"", "s", "5", "5 s", "-1s", "1.5s", "5min", "169h", "99999999999999999999s"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(DurationText, is_written_in_the_largest_unit_that_is_exact) {
  for (const char* text : {"0s", "1ms", "1500ms", "90s", "2m", "48h"})
    EXPECT_EQ(duration_text(parse_duration(text).value()), text);
  EXPECT_EQ(duration_text(milliseconds(60'000)), "1m");
}

}  // namespace
}  // namespace coffer
