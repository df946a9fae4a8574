#include "cli/json_object.hpp"

#include <gtest/gtest.h>

namespace coffer::cli {
namespace {

std::string as_json(std::string_view text) {
  JsonObject object;
  return object.text("t", text).str();
}

TEST(CliJsonObject, members_stand_in_the_order_they_were_given) {
  JsonObject inner;
  inner.flag("yes", true).null("none");
  JsonObject object;
  object.text("name", "a").number("size", 18446744073709551615ULL).seconds("time", 1.5).object("inner", inner);
  EXPECT_EQ(object.str(),
            R"({"name": "a", "size": 18446744073709551615, "time": 1.500, "inner": {"yes": true, "none": null}})");
}

TEST(CliJsonObject, an_empty_object_is_one) { EXPECT_EQ(JsonObject().str(), "{}"); }

TEST(CliJsonObject, quotes_and_control_characters_are_escaped) {
  EXPECT_EQ(as_json("a\"b\\c\n\t\x01"), R"({"t": "a\"b\\c\n\t\u0001"})");
}

TEST(CliJsonObject, utf8_stays) { EXPECT_EQ(as_json("ä€😀"), R"({"t": "ä€😀"})"); }

TEST(CliJsonObject, bytes_that_are_no_utf8_become_replacement_characters) {
  EXPECT_EQ(as_json("a\xff"
                    "b"),
            "{\"t\": \"a\xef\xbf\xbd"
            "b\"}");
  // Cut short, too long a form, a surrogate, beyond the last code point: one replacement for each byte.
  EXPECT_EQ(as_json("\xe2\x82"), "{\"t\": \"\xef\xbf\xbd\xef\xbf\xbd\"}");
  EXPECT_EQ(as_json("\xc0\x80"), "{\"t\": \"\xef\xbf\xbd\xef\xbf\xbd\"}");
  EXPECT_EQ(as_json("\xed\xa0\x80"), "{\"t\": \"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}");
  EXPECT_EQ(as_json("\xf4\x90\x80\x80"), "{\"t\": \"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}");
}

}  // namespace
}  // namespace coffer::cli
