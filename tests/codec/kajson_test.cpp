#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <coffer/codec/kajson.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/kajson_ticket.hpp"
#include "codec/python_float.hpp"

namespace coffer {
namespace {

using test::Color;
using test::Format;
using test::Level;
using test::Line;
using test::Mood;
using test::Ticket;

enum class Size : std::uint64_t { small = 1, little = 1, large = 0xFFFF'FFFF'FFFF'FFFF };
BOOST_DESCRIBE_ENUM(Size, small, little, large)

struct Defaults {
  std::optional<int> number = 5;
  float narrow = 0;
};
BOOST_DESCRIBE_STRUCT(Defaults, (), (number, narrow))

struct Foreign {
  int größe = 0;  // NOLINT(readability-identifier-naming): that it is not ASCII is the point.
};
BOOST_DESCRIBE_STRUCT(Foreign, (), (größe))

struct Nothing {};
BOOST_DESCRIBE_STRUCT(Nothing, (), ())

/// What is said of a text that is no T.
template <class T>
std::string refusal(const std::string& text) {
  const Result<T> value = from_kajson<T>(text);
  return value ? "" : value.error().message();
}

template <class T>
std::string echoed(const std::string& text, const JsonStyle& style = {}) {
  return to_kajson(from_kajson<T>(text).value(), style).value();
}

TEST(Kajson, an_object_has_its_members_in_order_and_its_tags_last) {
  Line line;
  line.text = "caf\u00e9";
  line.price = 12.5;
  EXPECT_EQ(to_kajson(line).value(),
            R"({"text": "caf\u00e9", "price": 12.5, "__class__": "Line", "__module__": "__main__"})");
  EXPECT_EQ(to_kajson(std::vector<Line>{line}, JsonStyle().indent(2)).value(),
            "[\n  {\n    \"text\": \"caf\\u00e9\",\n    \"price\": 12.5,\n    \"__class__\": \"Line\",\n"
            "    \"__module__\": \"__main__\"\n  }\n]");
}

TEST(Kajson, an_object_is_read_whatever_the_order_of_its_members_and_with_or_without_tags) {
  for (const char* text :
       {R"({"text": "a", "price": 1.5, "__class__": "Line", "__module__": "__main__"})",
        R"({"__module__": "__main__", "__class__": "Line", "price": 1.5, "text": "a"})",
        R"({"price": 1.5, "text": "a"})", R"({"price": 1.5, "extra": [{}], "\u0074ext": "a"})",
        R"({"text": "b", "price": 1.5, "text": "a"})", R"({"text": "a", "price": 1.5, "__class__": 7})",
        R"({"text": "a", "price": 1.5, "__class__": "Other"})"}) {
    const Result<Line> line = from_kajson<Line>(text);
    ASSERT_TRUE(line) << text << ": " << line.error().what();
    EXPECT_EQ(line->text, "a") << text;
    EXPECT_EQ(line->price, 1.5) << text;
  }
}

TEST(Kajson, a_members_name_may_be_beyond_ascii) {
  const std::string text = R"({"gr\u00f6\u00dfe": 3})";
  EXPECT_EQ(echoed<Foreign>(text), text);
  EXPECT_EQ(from_kajson<Foreign>("{\"größe\": 4}")->größe, 4);
}

TEST(Kajson, a_struct_may_be_empty) {
  EXPECT_TRUE(from_kajson<Nothing>(R"({"a": 1})"));
  EXPECT_FALSE(from_kajson<Nothing>("[]"));
  EXPECT_EQ(to_kajson(Nothing()).value(), "{}");
}

TEST(Kajson, a_long_list_is_written_as_a_short_one) {
  const std::vector<std::string> list(1000, "x");
  std::string text = "[\"x\"";
  for (std::size_t i = 1; i < list.size(); ++i) text += ", \"x\"";
  EXPECT_EQ(to_kajson(list).value(), text + "]");
}

TEST(Kajson, an_object_of_another_class_is_refused) {
  EXPECT_EQ(refusal<std::vector<Line>>(
                "[\n {\"text\": \"a\", \"price\": 1, \"__class__\": \"Special\", \"__module__\": \"shop\"}]"),
            "line 2, column 2: [0]: a Line of __main__ must stand here, not a Special of shop");
}

TEST(Kajson, what_does_not_fit_is_refused_with_place_and_path) {
  using Map = std::map<std::string, std::vector<Line>>;
  EXPECT_EQ(refusal<Map>(R"({"a b": [{"text": 5, "price": 1}]})"),
            "line 1, column 19: [\"a b\"][0].text: a string must stand here, not a number");
  EXPECT_EQ(refusal<Map>(R"({"x": [{"text": "a"}]})"), "line 1, column 8: x[0]: the member price is missing");
  EXPECT_EQ(refusal<std::vector<Line>>("{}"), "line 1, column 1: a list must stand here, not an object");
  EXPECT_EQ(refusal<std::vector<std::uint8_t>>("[0, 255, 256]"),
            "line 1, column 10: [2]: a whole number from 0 to 255 must stand here");
  EXPECT_EQ(refusal<std::int32_t>("1.0"),
            "line 1, column 1: a whole number from -2147483648 to 2147483647 must stand here");
  EXPECT_EQ(refusal<bool>("1"), "line 1, column 1: true or false must stand here, not a number");
  EXPECT_EQ(refusal<Line>("[1"), "line 1, column 3: the document ends too soon");
  EXPECT_THAT(refusal<Color>(R"({"_value_": 3, "_name_": "GREEN", "_sort_order_": 0})"),
              testing::HasSubstr("“GREEN” is none of RED, BLUE"));
}

TEST(Kajson, a_missing_optional_is_nothing) {
  EXPECT_EQ(from_kajson<std::optional<int>>("null").value(), std::nullopt);
  EXPECT_EQ(from_kajson<std::optional<int>>("3").value(), 3);
  EXPECT_EQ(to_kajson(std::optional<std::string>()).value(), "null");
}

TEST(Kajson, a_missing_member_is_nothing_whatever_its_default) {
  EXPECT_EQ(from_kajson<Defaults>(R"({"narrow": 1})")->number, std::nullopt);
}

TEST(Kajson, of_a_name_that_is_there_twice_the_last_value_counts_alone) {
  EXPECT_EQ(from_kajson<Defaults>(R"({"number": "x", "narrow": 1, "number": 7})")->number, 7);
  using Map = std::map<std::string, int>;
  EXPECT_EQ(from_kajson<Map>(R"({"a": "x", "a": 1})").value(), (Map{{"a", 1}}));
}

TEST(Kajson, a_text_that_is_no_json_is_refused_for_that_whatever_stands_before) {
  EXPECT_EQ(refusal<std::vector<Line>>(R"([{"text": 5}, {"text": "a", "price": 01}])"),
            "line 1, column 38: [1].price: “01” is neither a number nor true, false or null");
  EXPECT_EQ(refusal<Line>(R"({"text": "a", "price": 1, "more": "\x"})"),
            "line 1, column 36: more: an escape that JSON does not have");
  EXPECT_EQ(refusal<std::vector<bool>>("[1] []"), "line 1, column 5: text behind the end of the document");
}

TEST(Kajson, an_object_of_another_class_is_refused_for_that_whatever_is_in_it) {
  EXPECT_EQ(refusal<Line>(R"({"text": 5, "__class__": "Special", "__module__": "shop"})"),
            "line 1, column 1: a Line of __main__ must stand here, not a Special of shop");
}

TEST(Kajson, a_value_of_a_document_is_read_as_a_text_of_its_own_and_refused_where_it_stands) {
  const JsonDocument document =
      JsonDocument::parse("{\"line\": {\"text\": \"a\", \"price\": \"x\",\n\"price\": 2}, \"other\": [1,\n {}]}")
          .value();
  EXPECT_EQ(from_kajson<Line>(*document.root().find("line"))->price, 2);
  EXPECT_EQ(from_kajson<Line>(document.root().find("other")->elements().value()[1]).error().message(),
            "line 3, column 2: the member text is missing");
}

TEST(Kajson, a_text_longer_or_deeper_than_the_limits_is_refused) {
  EXPECT_EQ(from_kajson<std::vector<int>>("[1, 2]", JsonLimits().bytes(5)).error().kind(), ErrorKind::too_large);
  EXPECT_TRUE(from_kajson<KajsonOpaque>("[[]]", JsonLimits().depth(2)));
  EXPECT_FALSE(from_kajson<KajsonOpaque>("[[]]", JsonLimits().depth(1)));
}

TEST(Kajson, numbers_that_do_not_fit_are_refused) {
  EXPECT_EQ(from_kajson<unsigned>("-0").value(), 0U);
  EXPECT_NE(refusal<unsigned>("-1"), "");
  EXPECT_NE(refusal<std::int64_t>("9223372036854775808"), "");
  EXPECT_THAT(refusal<double>("1e400"), testing::HasSubstr("too large for its type"));
  EXPECT_NE(refusal<Defaults>(R"({"narrow": 1e39})"), "");
  EXPECT_TRUE(std::isinf(from_kajson<double>("-Infinity").value()));
  EXPECT_TRUE(std::isnan(from_kajson<float>("NaN").value()));
}

TEST(Kajson, paths_are_as_json_writes_names_and_no_longer_than_a_line) {
  using Map = std::map<std::string, int>;
  EXPECT_EQ(refusal<Map>("{\"q\\\"\\n\": \"x\"}"),
            R"(line 1, column 11: ["q\"\n"]: a number must stand here, not a string)");
  EXPECT_EQ(refusal<Map>("{\"" + std::string(100, 'x') + "\": null}"),
            "line 1, column 106: […]: a number must stand here, not null");
}

TEST(Kajson, names_that_are_tags_are_data_in_a_map_and_not_written_by_one) {
  using Map = std::map<std::string, std::string>;
  const Result<Map> map = from_kajson<Map>(R"({"__class__": "X", "a": "b"})");
  ASSERT_TRUE(map);
  EXPECT_EQ(map->at("__class__"), "X");
  const Result<std::string> text = to_kajson(*map);
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().message(), testing::StartsWith("__class__: a name that Kajson keeps for classes"));
}

TEST(Kajson, what_is_opaque_comes_out_as_it_went_in) {
  const std::string text =
      R"([{"x": 1180591620717411303424, "__class__": "Unknown", "__module__": "no.where"}, NaN, "\ud800"])";
  EXPECT_EQ(echoed<KajsonOpaque>(text), text);
  EXPECT_EQ(echoed<std::vector<KajsonOpaque>>("[[1, {}], 2]", JsonStyle().indent(1)), "[\n [\n  1,\n  {}\n ],\n 2\n]");
  EXPECT_EQ(to_kajson(KajsonOpaque()).value(), "null");
  KajsonOpaque from = from_kajson<KajsonOpaque>("[1]").value();
  const KajsonOpaque to = std::move(from);
  EXPECT_EQ(to_kajson(to).value(), "[1]");
  EXPECT_EQ(to_kajson(from).value(), "[1]");  // NOLINT(bugprone-use-after-move): what is promised here.
}

TEST(Kajson, strings_that_are_no_utf8_are_refused_and_halves_of_pairs_are_not) {
  for (const char* bad : {"\xFF", "\xC3", "\xC0\x80", "\xED\xA0", "\xF8\x88\x80\x80\x80", "\xF4\x90\x80\x80", "\x80"}) {
    const Result<std::string> text = to_kajson(std::vector<std::string>{"", bad});
    ASSERT_FALSE(text) << bad;
    EXPECT_EQ(text.error().message(), "[1]: a string that is not UTF-8");
  }
  EXPECT_EQ(echoed<std::string>(R"("\ud800 \udfff \ud83d\ude00 \\ \" \u0001 \u007f")"),
            R"("\ud800 \udfff \ud83d\ude00 \\ \" \u0001 \u007f")");
}

TEST(Kajson, floats_are_written_as_pythons_repr_writes_them) {
  const std::vector<std::pair<double, std::string>> cases = {{0.0, "0.0"},
                                                             {-0.0, "-0.0"},
                                                             {1.0, "1.0"},
                                                             {100.0, "100.0"},
                                                             {0.1, "0.1"},
                                                             {-1234.5, "-1234.5"},
                                                             {0.0001, "0.0001"},
                                                             {0.00001, "1e-05"},
                                                             {1.5e-7, "1.5e-07"},
                                                             {1e15, "1000000000000000.0"},
                                                             {1e16, "1e+16"},
                                                             {123456789012345680.0, "1.2345678901234568e+17"},
                                                             {9007199254740993.0, "9007199254740992.0"},
                                                             {1e22, "1e+22"},
                                                             {5e-324, "5e-324"},
                                                             {1.7976931348623157e308, "1.7976931348623157e+308"},
                                                             {std::numeric_limits<double>::infinity(), "Infinity"},
                                                             {-std::numeric_limits<double>::infinity(), "-Infinity"},
                                                             {std::nan(""), "NaN"},
                                                             {-std::nan(""), "NaN"}};
  for (const auto& [value, text] : cases) {
    std::string out;
    append_python_float(value, out);
    EXPECT_EQ(out, text);
  }
}

TEST(Kajson, enums_go_by_their_names) {
  const std::string blue =
      R"({"_value_": 2, "_name_": "BLUE", "_sort_order_": 1, "__class__": "Whole", "__module__": "__main__"})";
  EXPECT_EQ(from_kajson<Color>(blue).value(), Color::BLUE);
  EXPECT_EQ(to_kajson(Color::BLUE).value(), blue);
  EXPECT_FALSE(to_kajson(static_cast<Color>(7)));
  EXPECT_THAT(refusal<Color>(R"({"_name_": "RED", "_value_": 1, "__class__": "Mood", "__module__": "other"})"),
              testing::HasSubstr("a Whole of __main__ must stand here, not a Mood of other"));
  EXPECT_EQ(from_kajson<Color>(R"({"_value_": 2})").value(), Color::BLUE);
  EXPECT_NE(refusal<Color>("{}"), "");
}

TEST(Kajson, another_name_of_an_enums_value_has_no_place_in_its_order) {
  EXPECT_EQ(to_kajson(Size::large).value(),
            R"({"_value_": 18446744073709551615, "_name_": "large", "_sort_order_": 1})");
  EXPECT_EQ(to_kajson(Size::little).value(), R"({"_value_": 1, "_name_": "small", "_sort_order_": 0})");
  EXPECT_EQ(from_kajson<Size>(R"({"_name_": "little"})").value(), Size::small);
}

TEST(Kajson, enums_that_are_said_to_stand_bare_are_texts_and_numbers) {
  EXPECT_EQ(to_kajson(Mood::bad).value(), R"("bad")");
  EXPECT_EQ(from_kajson<Mood>(R"("g\u006fod")").value(), Mood::good);
  EXPECT_EQ(echoed<std::vector<Format>>(R"(["image/png", "image/jpeg"])"), R"(["image/png", "image/jpeg"])");
  EXPECT_EQ(from_kajson<Format>(R"("image\/jpeg")").value(), Format::jpeg);
  EXPECT_EQ(echoed<std::vector<Level>>("[-1, 7]"), "[-1, 7]");
}

TEST(Kajson, a_bare_enum_has_no_other_values) {
  using testing::HasSubstr;
  EXPECT_THAT(refusal<Mood>(R"("Good")"), HasSubstr("line 1, column 1: “Good” is none of good, bad"));
  EXPECT_THAT(refusal<Mood>(R"({"_value_": "good", "_name_": "good"})"), HasSubstr("a string must stand here"));
  EXPECT_THAT(refusal<std::vector<Format>>(R"(["png"])"), HasSubstr("[0]: “png” is none of image/png, image/jpeg"));
  EXPECT_THAT(refusal<Level>("0"), HasSubstr("0 is no value of the enumeration"));
  EXPECT_THAT(refusal<Level>("1000"), HasSubstr("from -128 to 127"));
  EXPECT_THAT(refusal<Level>(R"("7")"), HasSubstr("a number must stand here"));
  EXPECT_FALSE(to_kajson(static_cast<Mood>(2)));
  EXPECT_FALSE(to_kajson(static_cast<Format>(2)));
  EXPECT_FALSE(to_kajson(static_cast<Level>(0)));
}

TEST(Kajson, dates_and_times_keep_what_they_say) {
  const std::string date = R"({"date": "2024-02-29", "__class__": "date", "__module__": "datetime"})";
  EXPECT_EQ(echoed<KajsonDate>(date), date);
  const std::string moment =
      R"({"datetime": "2026-01-02 03:04:05.000678", "tzinfo": "UTC+02:30", "utcoffset": 9000, "__class__": "datetime", "__module__": "datetime"})";
  EXPECT_EQ(echoed<KajsonDateTime>(moment), moment);
  const KajsonDateTime read = from_kajson<KajsonDateTime>(moment).value();
  EXPECT_EQ(read.moment()->time_since_epoch().count(), (1'767'323'045LL - 9000) * 1'000'000 + 678);
  const std::string time =
      R"({"time": "23:59:59.999999", "tzinfo": null, "utcoffset": null, "__class__": "time", "__module__": "datetime"})";
  EXPECT_EQ(echoed<KajsonTime>(time), time);
  const std::string delta = R"({"seconds": -86399.999997, "__class__": "timedelta", "__module__": "datetime"})";
  EXPECT_EQ(echoed<std::chrono::microseconds>(delta), delta);
}

TEST(Kajson, what_kajson_0_4_has_written_is_read_and_written_as_today) {
  const KajsonDateTime old =
      from_kajson<KajsonDateTime>(
          R"({"datetime": "2026-01-02 03:04:05", "tzinfo": "Europe/Paris", "__class__": "datetime", "__module__": "datetime"})")
          .value();
  EXPECT_FALSE(old.moment());
  EXPECT_EQ(
      to_kajson(old).value(),
      R"({"datetime": "2026-01-02 03:04:05.000000", "tzinfo": "Europe/Paris", "utcoffset": null, "__class__": "datetime", "__module__": "datetime"})");
}

TEST(Kajson, an_offset_alone_is_a_zone) {
  for (const auto& [offset, name] : std::vector<std::pair<std::string, std::string>>{
           {"0", "UTC"}, {"9000", "UTC+02:30"}, {"-3601", "UTC-01:00:01"}, {"7200.0", "UTC+02:00"}}) {
    const Result<KajsonTime> time =
        from_kajson<KajsonTime>(R"({"time": "03:04:05", "tzinfo": null, "utcoffset": )" + offset + "}");
    ASSERT_TRUE(time) << time.error().what();
    EXPECT_EQ(time->zone->name, name);
  }
  EXPECT_NE(refusal<KajsonTime>(R"({"time": "03:04:05", "tzinfo": "X", "utcoffset": 1.5})"), "");
  KajsonTime far;
  far.zone = KajsonZone{"X", std::chrono::hours(24)};
  EXPECT_FALSE(to_kajson(far));
}

TEST(Kajson, long_timedeltas_are_rounded_once_as_python_rounds_them) {
  using std::chrono::microseconds;
  EXPECT_THAT(to_kajson(microseconds(19695801037191679)).value(), testing::HasSubstr(": 19695801037.191677,"));
  const std::string longest = to_kajson(microseconds(9'199'999'999'999'999'999)).value();
  EXPECT_TRUE(from_kajson<microseconds>(longest)) << longest;
  EXPECT_FALSE(to_kajson(microseconds::max()));
}

TEST(Kajson, timedeltas_are_split_as_python_splits_them) {
  for (const char* seconds : {"-4397407975.502032", "9e+12", "0.0", "-1e-06", "86402.000003"}) {
    const std::string text =
        std::string(R"({"seconds": )") + seconds + R"(, "__class__": "timedelta", "__module__": "datetime"})";
    const std::string back = echoed<std::chrono::microseconds>(text);
    EXPECT_EQ(from_kajson<std::chrono::microseconds>(back).value(),
              from_kajson<std::chrono::microseconds>(text).value());
  }
  EXPECT_EQ(from_kajson<std::chrono::microseconds>(R"({"seconds": -4397407975.502032})")->count(), -4397407975502032);
  EXPECT_THAT(refusal<std::chrono::microseconds>(R"({"seconds": 1e13})"), testing::HasSubstr("64 bits"));
}

TEST(Kajson, days_that_pythons_calendar_does_not_have_are_not_written) {
  for (const int day : {24'000'000, -800'000, 2'932'897}) {
    EXPECT_FALSE(to_kajson(KajsonDateTime{std::chrono::local_days(std::chrono::days(day)), std::nullopt})) << day;
  }
  EXPECT_FALSE(to_kajson(KajsonDate{std::chrono::year(2026) / 2 / 30}));
  EXPECT_TRUE(to_kajson(KajsonDate{std::chrono::year(9999) / 12 / 31}));
}

TEST(Kajson, what_is_no_date_or_time_is_refused) {
  for (const char* day :
       {"2026-02-29", "2026-13-01", "2026-00-10", "0000-01-01", "2026-1-02", "2026-01-02 ", "x", ""}) {
    EXPECT_NE(refusal<KajsonDate>(std::string(R"({"date": ")") + day + "\"}"), "") << day;
  }
  for (const char* time : {"24:00:00", "23:60:00", "23:59:60", "3:04:05", "03:04", "03:04:05.1", "03:04:05.1234567"}) {
    EXPECT_NE(refusal<KajsonTime>(std::string(R"({"time": ")") + time + "\"}"), "") << time;
    EXPECT_NE(refusal<KajsonDateTime>(std::string(R"({"datetime": "2026-01-02 )") + time + "\"}"), "") << time;
  }
  EXPECT_THAT(refusal<KajsonDate>("{}"), testing::HasSubstr("the member date is missing"));
  EXPECT_THAT(refusal<KajsonDate>(R"({"date": "2026-01-02", "__class__": "time", "__module__": "datetime"})"),
              testing::HasSubstr("a date of datetime must stand here, not a time of datetime"));
  EXPECT_NE(refusal<std::chrono::microseconds>(R"({"seconds": Infinity})"), "");
  EXPECT_NE(refusal<std::chrono::microseconds>(R"({"seconds": 1e300})"), "");
  EXPECT_NE(refusal<KajsonDateTime>(R"({"datetime": "2026-01-02 03:04:05", "tzinfo": "X", "utcoffset": 86400})"), "");
}

}  // namespace
}  // namespace coffer
