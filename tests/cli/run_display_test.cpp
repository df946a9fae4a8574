#include "cli/run_display.hpp"

#include <string>

#include <gtest/gtest.h>

namespace coffer::cli {
namespace {

TEST(CliLinesSaid, only_whole_lines_come_out) {
  std::string rest;
  EXPECT_EQ(lines_said(rest, "one\ntw"), "one\n");
  EXPECT_EQ(lines_said(rest, "o\n\nthree"), "two\n\n");
  EXPECT_EQ(rest, "three");
  EXPECT_EQ(lines_said(rest, "\n"), "three\n");
  EXPECT_EQ(rest, "");
}

TEST(CliLinesSaid, what_was_written_over_does_not_count) {
  std::string rest;
  EXPECT_EQ(lines_said(rest, "frame 1\rframe 2\r"), "");
  EXPECT_EQ(lines_said(rest, "frame 3\r\ndone\r\n"), "frame 3\ndone\n");
}

TEST(CliLinesSaid, a_line_without_end_is_broken) {
  std::string rest;
  const std::string lines = lines_said(rest, std::string(10'000, 'x'));
  EXPECT_EQ(lines, std::string(4096, 'x') + "\n" + std::string(4096, 'x') + "\n");
  EXPECT_EQ(rest.size(), 10'000U - 2 * 4096U);
}

}  // namespace
}  // namespace coffer::cli
