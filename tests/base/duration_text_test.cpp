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

}  // namespace
}  // namespace coffer
