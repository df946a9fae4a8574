#include "cli/run_rows.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace coffer::cli {
namespace {

using namespace std::chrono_literals;

RunRow sound() {
  RunRow row;
  row.name = "sound";
  row.elapsed = 3200ms;
  row.bytes_in = 24 << 20;
  row.bytes_out = 1 << 20;
  row.rate = 8 << 20;
  row.does = "waits for film";
  return row;
}

TEST(CliRunRow, it_says_bytes_rate_and_what_it_waits_for) {
  EXPECT_EQ(row_text(sound(), 6, 100), "sound       3.2 s  24 MiB in  1 MiB out  8 MiB/s  waits for film");
}

TEST(CliRunRow, where_there_is_no_room_the_rate_goes_first) {
  EXPECT_EQ(row_text(sound(), 6, 60), "sound       3.2 s  24 MiB in  1 MiB out  waits for film");
  EXPECT_EQ(row_text(sound(), 6, 20).size(), 22U);  // An ellipsis has three bytes.
}

TEST(CliRunRow, a_name_cannot_drive_the_terminal) {
  RunRow row;
  row.name = "a\x1b[31m";
  row.does = activity_text(PipeActivity::waits_for_input, false, {"b\n"});
  EXPECT_EQ(row_text(row, 10, 80), "a\\x1b[31m" + std::string(14, ' ') + "waits for b\\x0a");
}

TEST(CliRunRow, what_is_waited_for_has_a_name) {
  EXPECT_EQ(activity_text(PipeActivity::works, false, {"film"}), "works");
  EXPECT_EQ(activity_text(PipeActivity::waits_for_input, false, {"film", "sound"}), "waits for film, sound");
  EXPECT_EQ(activity_text(PipeActivity::waits_for_input, false, {}), "waits for storage");
  EXPECT_EQ(activity_text(PipeActivity::waits_for_input, true, {}), "waits for its source");
  EXPECT_EQ(activity_text(PipeActivity::waits_for_output, true, {}), "waits for storage");
  EXPECT_EQ(activity_text(PipeActivity::waits_to_retry, false, {"film"}), "waits to try again");
}

TEST(CliRecentRate, it_is_of_the_last_half_second_or_more) {
  RecentRate rate;
  rate.count(1s, 500);
  rate.count(1400ms, 1000);
  EXPECT_EQ(rate.per_second(), 0U);
  rate.count(2s, 2500);
  EXPECT_EQ(rate.per_second(), 2000U);
  rate.count(2100ms, 9000);
  EXPECT_EQ(rate.per_second(), 2000U);
  rate.count(3s, 2500);
  EXPECT_EQ(rate.per_second(), 0U);
}

}  // namespace
}  // namespace coffer::cli
