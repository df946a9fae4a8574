#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <coffer/codec/kajson.hpp>

namespace coffer::test {

// The classes of kajson_oracle_test.py in C++.

// NOLINTNEXTLINE(readability-identifier-naming): as in Python.
enum class Color : std::uint8_t { RED = 1, BLUE = 2 };
BOOST_DESCRIBE_ENUM(Color, RED, BLUE)

enum class Mood : std::uint8_t { good, bad };
BOOST_DESCRIBE_ENUM(Mood, good, bad)

enum class Format : std::uint8_t { png, jpeg };

enum class Level : std::int8_t { low = -1, high = 7 };
BOOST_DESCRIBE_ENUM(Level, low, high)

struct Line {
  std::string text;
  double price = 0;
};
BOOST_DESCRIBE_STRUCT(Line, (), (text, price))

struct BoxOfInt {
  std::int64_t content = 0;
};
BOOST_DESCRIBE_STRUCT(BoxOfInt, (), (content))

struct Ticket {
  std::string title;
  double amount = 0;
  std::int64_t count = 0;
  bool paid = false;
  std::optional<std::string> note;
  KajsonDate due;
  KajsonDateTime at;
  KajsonTime clock;
  std::chrono::microseconds took{};
  Color color = Color::RED;
  Mood mood = Mood::good;
  Format format = Format::png;
  Level level = Level::low;
  std::vector<std::string> tags;
  std::vector<Line> lines;
  std::map<std::string, std::vector<Line>> by_name;
  BoxOfInt box;
  KajsonOpaque anything;
};
BOOST_DESCRIBE_STRUCT(Ticket, (),
                      (title, amount, count, paid, note, due, at, clock, took, color, mood, format, level, tags, lines,
                       by_name, box, anything))

}  // namespace coffer::test

COFFER_KAJSON_CLASS(coffer::test::Color, "Whole", "__main__")
COFFER_KAJSON_TEXT_ENUM(coffer::test::Mood)
COFFER_KAJSON_ENUM_TEXTS(coffer::test::Format, {coffer::test::Format::png, "image/png"},
                         {coffer::test::Format::jpeg, "image/jpeg"})
COFFER_KAJSON_NUMBER_ENUM(coffer::test::Level)
COFFER_KAJSON_CLASS(coffer::test::Line, "Line", "__main__")
COFFER_KAJSON_CLASS(coffer::test::BoxOfInt, "Box[int]", "__main__")
COFFER_KAJSON_CLASS(coffer::test::Ticket, "Ticket", "__main__")
