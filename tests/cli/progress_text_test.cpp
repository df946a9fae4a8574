#include "cli/progress_text.hpp"

#include <chrono>

#include <gtest/gtest.h>

#include "cli/columns.hpp"

namespace coffer::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t mebibyte = 1ULL << 20U;

ProgressFacts half_way() {
  ProgressFacts facts;
  facts.what = "put video.mp4";
  facts.bytes = 50 * mebibyte;
  facts.total = 100 * mebibyte;
  facts.per_second = 25.0 * mebibyte;
  facts.memory = 30 * mebibyte;
  return facts;
}

TEST(CliProgressText, tells_share_amount_rate_memory_and_time_left) {
  EXPECT_EQ(progress_text(half_way(), 200),
            "put video.mp4   50 %  50 MiB of 100 MiB  25 MiB/s  memory 30 MiB  2.0 s left");
}

TEST(CliProgressText, without_a_total_there_is_no_share_and_no_time_left) {
  ProgressFacts facts = half_way();
  facts.total.reset();
  EXPECT_EQ(progress_text(facts, 200), "put video.mp4  50 MiB  25 MiB/s  memory 30 MiB");
}

TEST(CliProgressText, an_empty_object_is_divided_by_nothing) {
  ProgressFacts facts = half_way();
  facts.bytes = 0;
  facts.total = 0;
  facts.per_second.reset();
  EXPECT_EQ(progress_text(facts, 200), "put video.mp4  0 B of 0 B  memory 30 MiB");
}

TEST(CliProgressText, more_bytes_than_expected_are_no_more_than_all) {
  ProgressFacts facts = half_way();
  facts.bytes = 101 * mebibyte;
  EXPECT_NE(progress_text(facts, 200).find("100 %"), std::string::npos);
}

TEST(CliProgressText, never_wider_than_the_terminal) {
  ProgressFacts facts = half_way();
  facts.what = "put " + std::string(300, 'x') + "ä.mp4";
  for (std::size_t width : {1U, 10U, 40U, 80U, 120U}) {
    EXPECT_LE(display_width(progress_text(facts, width)), width);
  }
  // The numbers stay, the name's middle goes.
  const std::string line = progress_text(facts, 100);
  EXPECT_NE(line.find("25 MiB/s"), std::string::npos);
  EXPECT_NE(line.find("ä.mp4"), std::string::npos);
}

TEST(CliProgressText, wide_characters_take_two_columns) {
  ProgressFacts facts = half_way();
  facts.what = "put ";
  for (int i = 0; i < 40; ++i) facts.what += "漢";
  facts.what += ".mp4";
  for (std::size_t width : {1U, 10U, 40U, 79U, 120U}) {
    EXPECT_LE(display_width(progress_text(facts, width)), width);
  }
  const std::string line = progress_text(facts, 100);
  EXPECT_GE(display_width(line), 98U);
  EXPECT_NE(line.find("漢.mp4"), std::string::npos);
}

TEST(CliProgressText, a_name_cannot_drive_the_terminal) {
  ProgressFacts facts = half_way();
  facts.what = "put a\nb";
  EXPECT_EQ(progress_text(facts, 200).find('\n'), std::string::npos);
}

TEST(CliRateMeter, is_the_rate_of_the_last_two_seconds) {
  RateMeter meter;
  const std::chrono::steady_clock::time_point start;
  EXPECT_FALSE(meter.per_second());
  meter.add(start, 0);
  EXPECT_FALSE(meter.per_second());
  meter.add(start + 1s, 100);
  EXPECT_DOUBLE_EQ(*meter.per_second(), 100);
  for (int i = 2; i <= 10; ++i) meter.add(start + std::chrono::seconds(i), 100 + 1000 * (i - 1));
  EXPECT_DOUBLE_EQ(*meter.per_second(), 1000);
}

TEST(CliRateMeter, falls_to_zero_where_nothing_comes) {
  RateMeter meter;
  const std::chrono::steady_clock::time_point start;
  meter.add(start, 1000);
  meter.add(start + 2s, 1000);
  EXPECT_DOUBLE_EQ(*meter.per_second(), 0);
}

}  // namespace
}  // namespace coffer::cli
