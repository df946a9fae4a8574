#include <string>
#include <utility>
#include <vector>

#include <coffer/codec/json_emitter.hpp>
#include <gtest/gtest.h>

namespace coffer {
namespace {

std::string emitted(const std::string& text, const JsonStyle& style = {}) {
  const JsonDocument document = JsonDocument::parse(text).value();
  return emit_json(document.root(), style);
}

TEST(JsonEmitter, writes_one_line_as_pythons_json_does) {
  EXPECT_EQ(emitted(" { \"a\" :[1 ,2,{ } , [ ]],\"b\":{\"c\":null}} "), R"({"a": [1, 2, {}, []], "b": {"c": null}})");
  EXPECT_EQ(emitted("[]"), "[]");
  EXPECT_EQ(emitted(" true "), "true");
}

TEST(JsonEmitter, writes_a_line_for_each_value_where_asked_to) {
  EXPECT_EQ(emitted(R"({"a":[1,{}],"b":{"c":[]}})", JsonStyle().indent(4)),
            "{\n    \"a\": [\n        1,\n        {}\n    ],\n    \"b\": {\n        \"c\": []\n    }\n}");
  EXPECT_EQ(emitted("[1,2]", JsonStyle().indent(0)), "[\n1,\n2\n]");
  EXPECT_EQ(emitted("[]", JsonStyle().indent(4)), "[]");
}

TEST(JsonEmitter, strings_are_ascii_with_pythons_escapes) {
  EXPECT_EQ(emitted("\"\u00e9 \u20ac \U0001F600 \x7F\""), R"("\u00e9 \u20ac \ud83d\ude00 \u007f")");
  EXPECT_EQ(emitted(R"("\u00E9 \uD83D\uDE00 \ud800 \u0041 \/ \u002F")"), R"("\u00e9 \ud83d\ude00 \ud800 A / /")");
  EXPECT_EQ(emitted(R"("\b\f\n\r\t\"\\\u0008\u000A\u0022\u005c\u000b\u0000")"),
            R"("\b\f\n\r\t\"\\\b\n\"\\\u000b\u0000")");
  EXPECT_EQ(emitted("{\"\u00e9\": 1}"), R"({"\u00e9": 1})");
}

TEST(JsonEmitter, numbers_keep_their_text) {
  const std::string numbers = "[1180591620717411303424, -0.0, -0, 1e+22, 1E5, 1.50, 1e400, NaN, Infinity, -Infinity]";
  EXPECT_EQ(emitted(numbers), numbers);
}

TEST(JsonEmitter, a_name_that_is_there_twice_comes_once) {
  EXPECT_EQ(emitted(R"({"a":1,"b":[2],"\u0061":{"x":3}})"), R"({"a": {"x": 3}, "b": [2]})");
}

TEST(JsonEmitter, parts_of_any_size_make_the_same_text) {
  const std::string text = R"({"a": [1, "xyz", {"b": {}, "c": [[], [[1.5]]]}], "d": null})";
  for (const JsonStyle& style : {JsonStyle(), JsonStyle().indent(2)}) {
    const std::string whole = emitted(text, style);
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{10'000}}) {
      const JsonDocument document = JsonDocument::parse(text).value();
      JsonEmitter emitter(document.root(), style);
      std::string parts;
      std::size_t count = 0;
      for (bool more = true; more; ++count) {
        std::string part;
        more = emitter.next(part, size);
        EXPECT_LE(part.size(), size + 100);
        parts += part;
      }
      EXPECT_EQ(parts, whole);
      EXPECT_EQ(count > 1, size < whole.size());
    }
  }
}

TEST(JsonEmitter, parts_without_a_limit_and_without_a_size_come_to_an_end) {
  for (const std::size_t size : {std::size_t{0}, std::string::npos}) {
    const JsonDocument document = JsonDocument::parse("[1, [2, 3]]").value();
    JsonEmitter emitter(document.root());
    std::string text = "x = ";
    int parts = 0;
    while (emitter.next(text, size)) ASSERT_LT(++parts, 100);
    EXPECT_EQ(text, "x = [1, [2, 3]]");
  }
}

TEST(JsonEmitter, a_value_inside_a_document_is_written_alone) {
  const JsonDocument document = JsonDocument::parse(R"({"a":{"b":[1,2]},"c":3})").value();
  EXPECT_EQ(emit_json(*document.root().find("a")), R"({"b": [1, 2]})");
}

}  // namespace
}  // namespace coffer
