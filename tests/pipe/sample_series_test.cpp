#include "pipe/sample_series.hpp"

#include <chrono>
#include <cstdint>

#include <gtest/gtest.h>

namespace coffer {
namespace {

using std::chrono::nanoseconds;

struct Sample {
  nanoseconds until{0};
  std::uint64_t bytes = 0;
  Sample& operator+=(const Sample& next) {
    until = std::max(until, next.until);
    bytes += next.bytes;
    return *this;
  }
};

std::uint64_t sum(const SampleSeries<Sample>& series) {
  std::uint64_t bytes = 0;
  for (const Sample& sample : series.samples()) bytes += sample.bytes;
  return bytes;
}

TEST(SampleSeries, a_few_samples_are_kept_as_they_are) {
  SampleSeries<Sample> series(nanoseconds(10), 4);
  for (int i = 1; i <= 4; ++i) series.add({nanoseconds(10 + i), 1});
  ASSERT_EQ(series.samples().size(), 4U);
  EXPECT_EQ(series.samples()[0].until, nanoseconds(11));
}

TEST(SampleSeries, many_samples_become_few_and_nothing_is_lost) {
  SampleSeries<Sample> series(nanoseconds(0), 16);
  for (int i = 1; i <= 100'000; ++i) {
    series.add({nanoseconds(i), 3});
    ASSERT_LE(series.samples().size(), 16U);
    ASSERT_EQ(series.samples().back().until, nanoseconds(i));
  }
  EXPECT_EQ(sum(series), 300'000U);
}

TEST(SampleSeries, the_beginning_is_as_fine_as_the_end) {
  SampleSeries<Sample> series(nanoseconds(0), 100);
  for (int i = 1; i <= 10'000; ++i) series.add({nanoseconds(i), 1});
  ASSERT_GE(series.samples().size(), 25U);
  nanoseconds before{0};
  for (std::size_t i = 0; i + 1 < series.samples().size(); ++i) {
    const nanoseconds length = series.samples()[i].until - before;
    EXPECT_LE(length, nanoseconds(400)) << i;
    before = series.samples()[i].until;
  }
}

TEST(SampleSeries, a_sample_that_comes_late_adds_to_the_last) {
  SampleSeries<Sample> series(nanoseconds(0), 4);
  series.add({nanoseconds(5), 1});
  series.add({nanoseconds(5), 2});
  series.add({nanoseconds(3), 4});
  ASSERT_EQ(series.samples().size(), 1U);
  EXPECT_EQ(series.samples()[0].until, nanoseconds(5));
  EXPECT_EQ(series.samples()[0].bytes, 7U);
}

}  // namespace
}  // namespace coffer
