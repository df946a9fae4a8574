#include <string>

#include <coffer/base/error.hpp>
#include <coffer/codec/kajson_reader.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

bool is_passed_over(const std::string& text, std::size_t depth = JsonLimits::most_depth) {
  KajsonReader reader(text, depth);
  try {
    reader.skip();
    reader.end();
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(error.message(), testing::StartsWith("line "));
    return false;
  }
}

TEST(KajsonReader, takes_what_a_document_may_be) {
  for (const char* text :
       {"null", " true\r\n", "\tfalse", "-0.0", "1e+22", "1180591620717411303424", "NaN", "-Infinity", "[]", "{ }",
        "[1 ,[2, {}], \"a\"]", "{\"a\" :1,\"a\": {\"\\u0062\":[]}}", R"("\"\\\/\b\f\n\r\t\u00e9\ud83d")",
        "\"eight bytes, and \u00e9 more of them \\n \x7F than eight\"", "\"\U0001F600\""}) {
    EXPECT_TRUE(is_passed_over(text)) << text;
    EXPECT_TRUE(JsonDocument::parse(text)) << text;
  }
}

TEST(KajsonReader, refuses_what_no_document_may_be) {
  for (const std::string text : {"",
                                 " ",
                                 "\xEF\xBB\xBFnull",
                                 "nul",
                                 "nulll",
                                 "truefalse",
                                 "True",
                                 "nan",
                                 "+1",
                                 "01",
                                 "1.",
                                 ".5",
                                 "1e",
                                 "0x1",
                                 "1_0",
                                 "--1",
                                 "-NaN",
                                 "[",
                                 "[1",
                                 "[1,",
                                 "[1,]",
                                 "[,1]",
                                 "[1 2]",
                                 "[1}",
                                 "{",
                                 "{,}",
                                 "{\"a\"}",
                                 "{\"a\":}",
                                 "{\"a\":1",
                                 "{\"a\":1,}",
                                 "{\"a\":1]",
                                 "{a:1}",
                                 "{1:2}",
                                 "{\"a\" 1}",
                                 "[] x",
                                 "1 2",
                                 "\"a",
                                 "\"a\\",
                                 "\"a\\\"",
                                 "\"a\nb\"",
                                 "\"a\tb\"",
                                 "\"a long text and then \x01\"",
                                 R"("\x")",
                                 R"("\u12G4")",
                                 R"("\u12")",
                                 R"({"\q":1})",
                                 "\"\xFF\"",
                                 "\"\xC3\"",
                                 "\"\xED\xA0\x80\"",
                                 "\"\\\xC3\xA9\"",
                                 "'a'",
                                 "/",
                                 "\\",
                                 "]",
                                 ":",
                                 ","}) {
    EXPECT_FALSE(is_passed_over(text)) << text;
    EXPECT_FALSE(JsonDocument::parse(text)) << text;
  }
}

TEST(KajsonReader, goes_no_deeper_than_it_may) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(is_passed_over(nested(1000)));
  EXPECT_FALSE(is_passed_over(nested(1001)));
  EXPECT_TRUE(is_passed_over("[{}, [], {}]", 2));
  EXPECT_FALSE(is_passed_over("[{\"a\": []}]", 2));
}

TEST(KajsonReader, gives_values_one_by_one) {
  KajsonReader reader(R"({"a": ["x\n", -1.5], "\u0062": {"c": true, "d": null}})");
  reader.begin_object();
  ASSERT_TRUE(reader.next_member());
  EXPECT_EQ(reader.name(), "a");
  EXPECT_EQ(reader.kind(), JsonValue::Kind::array);
  reader.begin_array();
  ASSERT_TRUE(reader.next_element());
  EXPECT_EQ(reader.string(), "x\n");
  ASSERT_TRUE(reader.next_element());
  EXPECT_EQ(reader.number(), "-1.5");
  EXPECT_FALSE(reader.next_element());
  ASSERT_TRUE(reader.next_member());
  EXPECT_EQ(reader.name(), "b");
  reader.begin_object();
  ASSERT_TRUE(reader.next_member());
  EXPECT_TRUE(reader.boolean());
  ASSERT_TRUE(reader.next_member());
  EXPECT_EQ(reader.kind(), JsonValue::Kind::null);
  reader.null();
  EXPECT_FALSE(reader.next_member());
  EXPECT_FALSE(reader.next_member());
  reader.end();
}

TEST(KajsonReader, takes_a_member_or_a_string_only_if_it_is_the_one_asked_for) {
  KajsonReader reader(R"({"first" : "x", "second":"y"})");
  reader.begin_object();
  EXPECT_FALSE(reader.take_member("second"));
  EXPECT_FALSE(reader.take_member("firs"));
  ASSERT_TRUE(reader.take_member("first"));
  EXPECT_EQ(reader.name(), "first");
  EXPECT_FALSE(reader.take_string("y"));
  EXPECT_TRUE(reader.take_string("x"));
  EXPECT_FALSE(reader.take_member("third"));
  EXPECT_TRUE(reader.take_member("second"));
  EXPECT_EQ(reader.raw(), "\"y\"");
  EXPECT_FALSE(reader.take_member("second"));
  EXPECT_FALSE(reader.next_member());
  reader.end();
}

TEST(KajsonReader, goes_back_to_a_mark_and_says_where_it_is) {
  KajsonReader reader("[\n  {\"a\": [7]}, 8]");
  reader.begin_array();
  ASSERT_TRUE(reader.next_element());
  const KajsonReader::Mark object = reader.mark();
  EXPECT_EQ(reader.place(object), (SourcePlace{2, 3}));
  EXPECT_EQ(reader.raw(), "{\"a\": [7]}");
  const KajsonReader::Mark behind = reader.mark();
  for (int times = 0; times < 2; ++times) {
    reader.go_to(object);
    reader.begin_object();
    ASSERT_TRUE(reader.next_member());
    EXPECT_EQ(reader.raw(), "[7]");
  }
  reader.go_to(behind);
  ASSERT_TRUE(reader.next_element());
  EXPECT_EQ(reader.number(), "8");
  EXPECT_FALSE(reader.next_element());
  reader.end();
}

TEST(KajsonReader, another_kind_than_the_one_asked_for_is_refused) {
  EXPECT_THROW((void)KajsonReader("1").string(), Error);
  EXPECT_THROW((void)KajsonReader("1").boolean(), Error);
  EXPECT_THROW((void)KajsonReader("true").number(), Error);
  EXPECT_THROW(KajsonReader("{}").begin_array(), Error);
  EXPECT_THROW(KajsonReader("7").null(), Error);
}

}  // namespace
}  // namespace coffer
