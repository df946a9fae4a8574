#include "cli/columns.hpp"

#include <clocale>
#include <string>

#include <gtest/gtest.h>

namespace coffer::cli {
namespace {

TEST(CliColumns, a_letter_takes_one) {
  EXPECT_EQ(display_width("Grüße"), 5U);
  EXPECT_EQ(pad_right("Grüße", 7), "Grüße  ");
  EXPECT_EQ(pad_left("7", 3), "  7");
  EXPECT_EQ(pad_left("1234", 3), "1234");
}

TEST(CliColumns, wide_characters_take_two_and_combining_ones_none) {
  EXPECT_EQ(display_width("漢字.mp4"), 8U);
  EXPECT_EQ(display_width("Gru\u0308ße"), 5U);
  EXPECT_EQ(display_width("한😀"), 4U);
  EXPECT_EQ(pad_right("漢", 4), "漢  ");
  EXPECT_EQ(display_width("no UTF-8: \xff\xc3"), 12U);
}

TEST(CliColumns, the_locale_of_the_program_stays_as_it_is) {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  EXPECT_EQ(display_width("漢"), 2U);
  EXPECT_EQ(std::setlocale(LC_ALL, nullptr), before);
  EXPECT_EQ(::uselocale(nullptr), LC_GLOBAL_LOCALE);
}

TEST(CliColumns, a_long_text_loses_its_middle) {
  EXPECT_EQ(shorten("abcdefghij", 10), "abcdefghij");
  EXPECT_EQ(shorten("abcdefghij", 7), "abc…hij");
  EXPECT_EQ(shorten("abcdefghij", 6), "abc…ij");
  EXPECT_EQ(shorten("äöüäöüäöü", 5), "äö…öü");
  EXPECT_EQ(shorten("abc", 1), "…");
  EXPECT_EQ(shorten("abc", 0), "");
}

TEST(CliColumns, characters_stay_whole_where_a_text_is_shortened) {
  EXPECT_EQ(shorten("漢字漢字", 8), "漢字漢字");
  EXPECT_EQ(shorten("漢字漢字", 7), "漢…字");
  EXPECT_EQ(shorten("漢字漢字", 5), "漢…字");
  EXPECT_EQ(shorten("漢字漢字", 4), "漢…");
  // What is put on a letter goes with it.
  EXPECT_EQ(shorten("a\u0308bcdeo\u0308", 3), "a\u0308…o\u0308");
  EXPECT_EQ(shorten("abcdo\u0308\u0301e", 3), "a…e");
  EXPECT_EQ(beginning("a漢\u0308b", 3), "a漢\u0308");
  EXPECT_EQ(beginning("a漢b", 2), "a");
}

}  // namespace
}  // namespace coffer::cli
