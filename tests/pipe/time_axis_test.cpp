#include "pipe/time_axis.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace coffer {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

Texts texts(std::chrono::nanoseconds length, std::size_t most) {
  const TimeAxis axis = TimeAxis::of(length, most);
  Texts texts;
  for (const std::chrono::nanoseconds mark : axis.marks()) texts.push_back(axis.text(mark));
  return texts;
}

TEST(TimeAxis, marks_are_round_times) {
  EXPECT_EQ(texts(20200ms, 8), (Texts{"0", "5 s", "10 s", "15 s", "20 s"}));
  EXPECT_EQ(texts(3s, 8), (Texts{"0", "0.5 s", "1 s", "1.5 s", "2 s", "2.5 s", "3 s"}));
  EXPECT_EQ(texts(1700us, 4), (Texts{"0", "0.5 ms", "1 ms", "1.5 ms"}));
  EXPECT_EQ(texts(10min, 5), (Texts{"0", "2:00 min", "4:00 min", "6:00 min", "8:00 min", "10:00 min"}));
  EXPECT_EQ(texts(5h, 4), (Texts{"0", "2:00 h", "4:00 h"}));
}

TEST(TimeAxis, there_are_never_too_many_marks) {
  for (std::chrono::nanoseconds length = 1us; length < 24h * 365; length += length / 7 + 1us) {
    const TimeAxis axis = TimeAxis::of(length, 8);
    EXPECT_LE(axis.marks().size(), 9U) << length.count();
    EXPECT_GE(axis.marks().size(), 2U) << length.count();
  }
}

TEST(TimeAxis, no_time_has_one_mark) { EXPECT_EQ(texts(0s, 8), (Texts{"0"})); }

}  // namespace
}  // namespace coffer
