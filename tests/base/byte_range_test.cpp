#include <limits>

#include <coffer/base/byte_range.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

struct GoodText {
  std::string_view text;
  ByteRange range;
};

TEST(ByteRange, parse_reads_the_three_forms) {
  const GoodText cases[] = {
      {"0-99", ByteRange::of(0, 100)},
      {"5-5", ByteRange::of(5, 1)},
      {"100-", ByteRange::from(100)},
      {"0-", ByteRange::from(0)},
      {"-50", ByteRange::last(50)},
      {"-0", ByteRange::last(0)},
      {"007-010", ByteRange::of(7, 4)},
      {"18446744073709551615-", ByteRange::from(largest)},
      {"18446744073709551615-18446744073709551615", ByteRange::of(largest, 1)},
      {"1-18446744073709551615", ByteRange::of(1, largest)},
      {"0-18446744073709551614", ByteRange::of(0, largest)},
      {"0-18446744073709551615", ByteRange::from(0)},
  };
  for (const GoodText& c : cases) {
    const Result<ByteRange> parsed = ByteRange::parse(c.text);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error().what();
    EXPECT_EQ(*parsed, c.range) << c.text << " became " << parsed->text();
  }
}

struct BadText {
  std::string_view text;
  std::string_view why;
};

TEST(ByteRange, parse_refuses_the_rest_and_says_why) {
  const BadText cases[] = {
      {"", "empty"},
      {"-", "no number"},
      {"5", "no '-'"},
      {"a-b", "first byte is not a number"},
      {"1-b", "last byte is not a number"},
      {"1-2-3", "last byte is not a number"},
      {"0-1,5-6", "last byte is not a number"},
      {"--5", "not a number"},
      {"+1-2", "first byte is not a number"},
      {" 1-2", "first byte is not a number"},
      {"1-2 ", "last byte is not a number"},
      {"1 -2", "first byte is not a number"},
      {"0x1-2", "first byte is not a number"},
      {"bytes=0-99", "first byte is not a number"},
      {"9-8", "comes before"},
      {"18446744073709551616-", "larger than any object"},
      {"0-18446744073709551616", "larger than any object"},
      {"-99999999999999999999999", "larger than any object"},
      {std::string_view("1-2\0", 4), "last byte is not a number"},
  };
  for (const BadText& c : cases) {
    const Result<ByteRange> parsed = ByteRange::parse(c.text);
    ASSERT_FALSE(parsed) << c.text;
    EXPECT_EQ(parsed.error().kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(parsed.error().message(), HasSubstr(c.why)) << c.text;
    EXPECT_THAT(parsed.error().message(), HasSubstr("\"-50\"")) << "the forms are shown";
  }
}

struct Cut {
  ByteRange range;
  std::uint64_t size;
  Extent extent;
};

TEST(ByteRange, within_cuts_at_the_end_of_the_object) {
  const Cut cases[] = {
      {ByteRange(), 0, {0, 0}},
      {ByteRange::whole(), 10, {0, 10}},
      {ByteRange::whole(), largest, {0, largest}},
      {ByteRange::from(0), 10, {0, 10}},
      {ByteRange::from(3), 10, {3, 7}},
      {ByteRange::from(9), 10, {9, 1}},
      {ByteRange::of(0, 10), 10, {0, 10}},
      {ByteRange::of(2, 3), 10, {2, 3}},
      {ByteRange::of(8, 100), 10, {8, 2}},
      {ByteRange::of(8, largest), 10, {8, 2}},
      {ByteRange::of(largest - 1, largest), largest, {largest - 1, 1}},
      {ByteRange::last(4), 10, {6, 4}},
      {ByteRange::last(10), 10, {0, 10}},
      {ByteRange::last(11), 10, {0, 10}},
      {ByteRange::last(largest), 10, {0, 10}},
  };
  for (const Cut& c : cases) {
    const Result<Extent> extent = c.range.within(c.size);
    ASSERT_TRUE(extent) << c.range.text() << ": " << extent.error().what();
    EXPECT_EQ(*extent, c.extent) << c.range.text() << " of " << c.size;
    EXPECT_LE(extent->end(), c.size);
  }
}

TEST(ByteRange, a_suffix_longer_than_the_object_is_the_whole_object) {
  EXPECT_EQ(ByteRange::last(50).within(8).value(), (Extent{0, 8}));
}

struct Outside {
  ByteRange range;
  std::uint64_t size;
};

TEST(ByteRange, one_that_starts_at_or_past_the_end_or_asks_for_nothing_cannot_be_satisfied) {
  const Outside cases[] = {
      {ByteRange::from(0), 0},    {ByteRange::from(10), 10},       {ByteRange::from(11), 10},
      {ByteRange::of(10, 1), 10}, {ByteRange::of(largest, 1), 10}, {ByteRange::of(largest, largest), largest},
      {ByteRange::of(0, 1), 0},   {ByteRange::of(3, 0), 10},       {ByteRange::last(0), 10},
      {ByteRange::last(1), 0},
  };
  for (const Outside& c : cases) {
    const Result<Extent> extent = c.range.within(c.size);
    ASSERT_FALSE(extent) << c.range.text() << " of " << c.size;
    EXPECT_EQ(extent.error().kind(), ErrorKind::range_not_satisfiable);
    EXPECT_THAT(extent.error().message(), HasSubstr(c.range.text()));
    EXPECT_THAT(extent.error().message(), HasSubstr(std::to_string(c.size) + " bytes"));
  }
}

TEST(ByteRange, offset_and_length_are_nothing_where_they_depend_on_the_size) {
  EXPECT_EQ(ByteRange().offset(), std::uint64_t{0});
  EXPECT_EQ(ByteRange().length(), std::nullopt);
  EXPECT_EQ(ByteRange::from(5).offset(), std::uint64_t{5});
  EXPECT_EQ(ByteRange::from(5).length(), std::nullopt);
  EXPECT_EQ(ByteRange::of(5, 6).offset(), std::uint64_t{5});
  EXPECT_EQ(ByteRange::of(5, 6).length(), std::uint64_t{6});
  EXPECT_EQ(ByteRange::last(7).offset(), std::nullopt);
  EXPECT_EQ(ByteRange::last(7).length(), std::uint64_t{7});
  EXPECT_TRUE(ByteRange::last(7).is_suffix());
  EXPECT_TRUE(ByteRange::whole().is_whole());
  EXPECT_FALSE(ByteRange::from(0).is_whole()) << "of an empty object they are not the same";
}

TEST(ByteRange, its_text_is_for_messages) {
  EXPECT_EQ(ByteRange().text(), "whole");
  EXPECT_EQ(ByteRange::of(0, 100).text(), "bytes 0-99");
  EXPECT_EQ(ByteRange::from(7).text(), "bytes 7-");
  EXPECT_EQ(ByteRange::last(50).text(), "last 50 bytes");
  EXPECT_EQ(ByteRange::of(5, 0).text(), "0 bytes at 5");
  EXPECT_EQ(ByteRange::of(largest - 1, 100).text(), "bytes 18446744073709551614-18446744073709551615");
}

}  // namespace
}  // namespace coffer
