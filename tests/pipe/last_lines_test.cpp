#include "pipe/last_lines.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

std::string last_of(std::string_view bytes) {
  LastLines lines;
  lines.add(bytes);
  return lines.text();
}

TEST(LastLines, keeps_lines_whole_and_unfinished_however_they_arrive) {
  LastLines lines;
  EXPECT_EQ(lines.text(), "");
  for (const char c : std::string("one\ntwo\nthr")) lines.add(std::string_view(&c, 1));
  EXPECT_EQ(lines.text(), "one\ntwo\nthr");
}

TEST(LastLines, keeps_the_last_twenty) {
  std::string text;
  for (int i = 1; i <= 30; ++i) text += std::to_string(i) + "\n";
  const std::string kept = last_of(text);
  EXPECT_THAT(kept, testing::StartsWith("11\n12\n"));
  EXPECT_THAT(kept, testing::EndsWith("\n30"));
  EXPECT_THAT(last_of(text + "end"), testing::StartsWith("12\n"));
}

TEST(LastLines, keeps_at_most_eight_kibibytes_and_cuts_long_lines) {
  std::string text;
  for (int i = 0; i < 20; ++i) text += std::string(5000, 'x') + "\n";
  EXPECT_LE(last_of(text).size(), 8192U);
  EXPECT_GE(last_of(text).size(), 7000U);
  EXPECT_EQ(last_of(std::string(100'000, 'y')), std::string(1000, 'y'));
}

TEST(LastLines, progress_written_over_itself_is_one_line) {
  EXPECT_EQ(last_of("frame=1\rframe=2\rframe=3\r"), "frame=3");
  EXPECT_EQ(last_of("frame=1\rframe=2\ndone\r\n"), "frame=2\ndone");
}

TEST(LastLines, what_a_terminal_or_json_would_not_bear_is_replaced) {
  EXPECT_EQ(last_of("\x1b[31mred\x07"), "?[31mred?");
  EXPECT_EQ(last_of("a\tb"), "a\tb");
  EXPECT_EQ(last_of("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80"), "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80");
  EXPECT_EQ(last_of("\xff\xc3 \xe2\x82 \xc0\x80 \xed\xa0\x80 \xf5\x80"), "?? ?? ?? ??? ??");
  EXPECT_EQ(last_of("\xc2\x9b"), "?");
}

TEST(LastLines, what_turns_the_direction_of_text_is_replaced) {
  EXPECT_EQ(last_of("a\u202egpj.\u2066b\u2069"), "a?gpj.?b?");
}

}  // namespace
}  // namespace coffer
