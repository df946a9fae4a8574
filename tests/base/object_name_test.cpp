#include <set>

#include <coffer/base/object_name.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using std::chrono::milliseconds;
using Time = std::chrono::system_clock::time_point;

std::array<std::byte, 15> all(unsigned value) {
  std::array<std::byte, 15> bytes{};
  bytes.fill(static_cast<std::byte>(value));
  return bytes;
}

Time at(std::int64_t ms) { return Time(milliseconds(ms)); }

TEST(ObjectName, it_has_28_characters_that_are_safe_everywhere_and_the_ending_of_its_type) {
  const std::string name = make_object_name(at(1795000000000), all(0xa7), "video/mp4");
  EXPECT_THAT(name, testing::MatchesRegex("[A-Za-z0-9_-]{28}\\.mp4"));
  EXPECT_EQ(make_object_name(at(1795000000000), all(0xa7), "").size(), 28U);
  EXPECT_EQ(make_object_name(at(1795000000000), all(0xa7), "no/such").size(), 28U);
}

TEST(ObjectName, names_sort_by_time_in_byte_order_whatever_the_random_bits_are) {
  const std::int64_t times[] = {
      0, 1, 63, 64, 65, 4095, 4096, 1795000000000, 1795000000001, 4398046511103, 4398046511104, 9000000000000};
  std::string last;
  for (const std::int64_t time : times) {
    const std::string lowest = make_object_name(at(time), all(0x00), "");
    const std::string highest = make_object_name(at(time), all(0xff), "");
    EXPECT_LT(last, lowest) << time;
    EXPECT_LT(lowest, highest) << time;
    last = highest;
  }
}

TEST(ObjectName, none_begins_with_a_dash_that_a_program_would_take_for_an_option) {
  for (const std::int64_t time :
       {std::int64_t{-5000}, std::int64_t{0}, std::int64_t{1795000000000}, std::int64_t{9000000000000}}) {
    EXPECT_NE(make_object_name(at(time), all(0), "").front(), '-') << time;
  }
}

TEST(ObjectName, every_random_bit_counts) {
  std::set<std::string> names = {make_object_name(at(1795000000000), all(0), "")};
  for (std::size_t bit = 0; bit < 120; ++bit) {
    std::array<std::byte, 15> random = all(0);
    random[bit / 8] = std::byte{1} << (bit % 8);
    names.insert(make_object_name(at(1795000000000), random, ""));
  }
  EXPECT_EQ(names.size(), 121U);
}

TEST(ObjectName, the_same_time_and_bits_give_the_same_name) {
  EXPECT_EQ(make_object_name(at(1795000000000), all(9), "image/png"),
            make_object_name(at(1795000000000), all(9), "image/png"));
}

TEST(ObjectName, it_can_be_told_from_names_that_people_choose) {
  for (const char* type : {"", "video/mp4", "no/such", "application/gzip", "audio/x-wav"})
    EXPECT_TRUE(is_object_name(make_object_name(at(1795000000000), all(0xa7), type))) << type;
  const std::string name = make_object_name(at(1795000000000), all(0xa7), "");
  for (const std::string& other :
       {std::string(), std::string("notes.txt"), name.substr(1), name + "a", name + "/a", name + ".", name + ".unknown",
        name + ".tar.gz", "a/" + name, "-" + name.substr(1), name.substr(1) + "/", name.substr(1) + "."})
    EXPECT_FALSE(is_object_name(other)) << other;
}

TEST(ObjectName, times_that_48_bits_cannot_hold_are_cut_and_still_sort) {
  const std::string before_1970 = make_object_name(at(-1), all(0), "");
  EXPECT_EQ(before_1970, make_object_name(at(0), all(0), ""));
  EXPECT_LT(before_1970, make_object_name(Time::max(), all(0), ""));
}

}  // namespace
}  // namespace coffer
