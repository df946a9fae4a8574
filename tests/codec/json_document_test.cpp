#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <coffer/codec/json_document.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using testing::ElementsAre;

JsonDocument parsed(const std::string& text) {
  Result<JsonDocument> document = JsonDocument::parse(text);
  EXPECT_TRUE(document) << text << ": " << document.error().what();
  return std::move(document).value();
}

/// What is said of a text that is refused; "" where it is not.
std::string refusal(const std::string& text, const JsonLimits& limits = {}) {
  const Result<JsonDocument> document = JsonDocument::parse(text, limits);
  return document ? "" : document.error().message();
}

std::string string_of(const std::string& text) { return parsed(text).root().string().value(); }

TEST(JsonDocument, every_value_is_kept_as_it_is_written) {
  const JsonDocument document = parsed(R"({"a" : [1180591620717411303424, -0.0,1e+22 , NaN],
 "b":{"c":null,"d":[]},"e":"x\u0041", "f":true})");
  std::vector<std::string> names;
  std::vector<std::string> raws;
  for (const JsonValue::Member& member : document.root().members().value()) {
    names.push_back(member.name.string().value());
    raws.emplace_back(member.value.raw());
  }
  EXPECT_THAT(names, ElementsAre("a", "b", "e", "f"));
  EXPECT_THAT(
      raws, ElementsAre("[1180591620717411303424, -0.0,1e+22 , NaN]", R"({"c":null,"d":[]})", R"("x\u0041")", "true"));
  std::vector<std::string> elements;
  for (const JsonValue element : document.root().find("a")->elements().value()) elements.emplace_back(element.raw());
  EXPECT_THAT(elements, ElementsAre("1180591620717411303424", "-0.0", "1e+22", "NaN"));
}

TEST(JsonDocument, a_lone_value_is_a_document) {
  EXPECT_EQ(string_of(" \"x\" \n"), "x");
  EXPECT_EQ(parsed("\t-12 ").root().integer().value(), -12);
  EXPECT_EQ(parsed("null").root().kind(), JsonValue::Kind::null);
  EXPECT_EQ(parsed("true").root().boolean().value(), true);
  EXPECT_TRUE(std::isnan(parsed("NaN").root().number().value()));
}

TEST(JsonDocument, strings_say_what_their_escapes_mean) {
  EXPECT_EQ(string_of(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(string_of(R"("\u0000")"), std::string(1, '\0'));
  EXPECT_EQ(string_of(R"("\u00e9 \u20AC \ud83d\ude00")"), "\u00e9 \u20ac \U0001F600");
  EXPECT_EQ(string_of("\"\u00e9 \u20ac \U0001F600 \x7F\""), "\u00e9 \u20ac \U0001F600 \x7F");
}

TEST(JsonDocument, halves_of_surrogate_pairs_are_kept) {
  EXPECT_EQ(string_of(R"("\ud83d")"), "\xED\xA0\xBD");
  EXPECT_EQ(string_of(R"("\ude00\ud83d")"), "\xED\xB8\x80\xED\xA0\xBD") << "the wrong way round";
  EXPECT_EQ(string_of(R"("\ud83d\ud83d\ude00")"), "\xED\xA0\xBD\U0001F600");
  EXPECT_EQ(string_of(R"("\ud83d\n")"), "\xED\xA0\xBD\n");
}

TEST(JsonDocument, numbers_are_the_nearest_double) {
  const std::vector<std::pair<std::string, double>> cases = {
      {"0", 0.0},
      {"-0.0", -0.0},
      {"1e+22", 1e22},
      {"0.1", 0.1},
      {"1180591620717411303424", 1180591620717411303424.0},
      {"1e400", std::numeric_limits<double>::infinity()},
      {"-1e99999999999999999999", -std::numeric_limits<double>::infinity()},
      {"1e-400", 0.0},
      {"1e-99999999999999999999", 0.0},
      {"4.9e-324", 4.9e-324},
      {"Infinity", std::numeric_limits<double>::infinity()},
      {"-Infinity", -std::numeric_limits<double>::infinity()},
      {"0e400", 0.0},
      {"10e9223372036854775807", std::numeric_limits<double>::infinity()},
      {"0.00000001e-9223372036854775807", 0.0}};
  for (const auto& [text, value] : cases) {
    const double read = parsed(text).root().number().value();
    EXPECT_EQ(read, value) << text;
    EXPECT_EQ(std::signbit(read), std::signbit(value)) << text;
  }
  const std::string many(400, '0');
  EXPECT_EQ(parsed("0." + many + "1").root().number().value(), 0.0);
  EXPECT_EQ(parsed("1" + many).root().number().value(), std::numeric_limits<double>::infinity());
}

TEST(JsonDocument, whole_numbers_are_exact_or_refused) {
  EXPECT_EQ(parsed("9223372036854775807").root().integer().value(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parsed("-9223372036854775808").root().integer().value(), std::numeric_limits<std::int64_t>::min());
  for (const char* text : {"9223372036854775808", "1.0", "1e3", "NaN"}) {
    EXPECT_FALSE(parsed(text).root().integer()) << text;
  }
}

TEST(JsonDocument, a_name_that_is_there_twice_has_its_first_place_and_its_last_value) {
  for (const std::string& filler : {std::string(), [] {
                                      std::string many;
                                      for (int i = 0; i < 50; ++i) many += "\"n" + std::to_string(i) + "\":0,";
                                      return many;
                                    }()}) {
    const JsonDocument document = parsed("{" + filler + R"("a":1,"b":2,"\u0061":3})");
    const std::vector<JsonValue::Member> members = document.root().members().value();
    const std::vector<JsonValue::Member> written = document.root().members_as_written().value();
    EXPECT_EQ(members.size() + 1, written.size());
    const JsonValue::Member& first = members[members.size() - 2];
    EXPECT_EQ(first.name.string().value(), "a");
    EXPECT_EQ(first.value.raw(), "3");
    EXPECT_EQ(document.root().find("a")->raw(), "3");
    EXPECT_FALSE(document.root().find("c"));
  }
}

TEST(JsonDocument, what_is_of_another_kind_is_refused_with_its_place) {
  const JsonDocument document = parsed("[1,\n  \"x\"]");
  const JsonValue string = document.root().elements().value()[1];
  EXPECT_EQ(string.number().error().message(), "line 2, column 3: a number must stand here, not a string");
  EXPECT_EQ(document.root().members().error().message(), "line 1, column 1: an object must stand here, not a list");
  EXPECT_FALSE(document.root().find("x"));
}

TEST(JsonDocument, what_is_no_json_is_refused_with_place_path_and_reason) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "line 1, column 1: the document is empty"},
      {" \n ", "line 2, column 2: the document is empty"},
      {"\xEF\xBB\xBF{}", "line 1, column 1: a byte order mark before the document; remove it"},
      {"{\"a\":\"\xFF\"}", "line 1, column 7: not UTF-8"},
      {"\"\xC3\"", "line 1, column 2: not UTF-8"},
      {"[1] x", "line 1, column 5: text behind the end of the document"},
      {"\"a\" 1", "line 1, column 5: text behind the end of the document"},
      {"[1 2]", "line 1, column 4: a comma or ] must stand here"},
      {"[\"a\":1]", "line 1, column 5: a comma or ] must stand here"},
      {"{\"a\":\"b\":1,\"c\":[2]}", "line 1, column 9: a comma or } must stand here"},
      {"[1,]", "line 1, column 4: [1]: a value must stand here"},
      {"[,1]", "line 1, column 2: [0]: a value must stand here"},
      {"{,}", "line 1, column 2: a name in quotes must stand here"},
      {"{\"a\":1,}", "line 1, column 8: a name in quotes must stand here"},
      {"{a:1}", "line 1, column 2: a name in quotes must stand here"},
      {"{\"a\" 1}", "line 1, column 2: a colon must stand behind this name"},
      {"{\"a\":}", "line 1, column 6: a: a value must stand here"},
      {"[1}", "line 1, column 3: a comma or ] must stand here"},
      {"{\"a\":1]", "line 1, column 7: a comma or } must stand here"},
      {"[", "line 1, column 2: [0]: the document ends too soon"},
      {"{\"a\":1", "line 1, column 7: the document ends too soon"},
      {"{\"a\":", "line 1, column 6: a: the document ends too soon"},
      {"[\"a", "line 1, column 2: a string without an end"},
      {"[\"a\nb\"]", "line 1, column 4: a string does not end on its line"},
      {"[\"a\tb\"]", "line 1, column 4: a control character inside a string"},
      {"[\\]", "line 1, column 2: [0]: “\\” is neither a number nor true, false or null"},
      {"{\"root\":{\"a note\":[{},{\"x\":nope}]}}",
       "line 1, column 28: root[\"a note\"][1].x: “nope” is neither a number nor true, false or null"},
      {"{\"x\":1,\n\"y\":[\"a\\\n\"]}", "line 2, column 8: an escape that JSON does not have"},
      {"{\"x\":1,\n1:[true, \\]}", "line 2, column 1: a name in quotes must stand here"},
      {"{\"x\" 1,\n\"y\": \\ }", "line 1, column 2: a colon must stand behind this name"},
      {R"(["\x"])", "line 1, column 3: [0]: an escape that JSON does not have"},
      {R"(["ab\u12G4"])", "line 1, column 5: [0]: an escape that JSON does not have"},
      {R"({"\u12":1})", "line 1, column 3: an escape that JSON does not have"},
  };
  for (const auto& [text, said] : cases) EXPECT_EQ(refusal(text), said) << text;
}

TEST(JsonDocument, words_that_only_look_like_numbers_are_refused) {
  for (const char* word :
       {"01",  "-",    "+1",        "1.",      ".5",  "1e",   "1e+", "0x1",       "1_0", "--1", "1.2.3", "nan", "NAN",
        "inf", "-NaN", "+Infinity", "Infinit", "tru", "True", "nul", "truefalse", "1a",  "'a'", "/",     "\x01"}) {
    EXPECT_NE(refusal(std::string("[") + word + "]"), "") << word;
    EXPECT_NE(refusal(word), "") << word;
  }
  EXPECT_THAT(refusal("[" + std::string(500, 'x') + "]"), testing::HasSubstr("xxx…” is neither"))
      << "no more of it is shown than a line can hold";
}

TEST(JsonDocument, lists_and_objects_may_lie_in_each_other_1000_deep_and_no_deeper) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(refusal(nested(1000)), "");
  EXPECT_THAT(refusal(nested(1001)), testing::StartsWith("line 1, column 1001: "));
  EXPECT_THAT(refusal(nested(100'000)), testing::HasSubstr("more than 1000 lists and objects in each other"));
  EXPECT_NE(refusal(std::string(100'000, '[')), "");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_THAT(refusal(objects), testing::HasSubstr("more than 1000 lists"));
  EXPECT_EQ(refusal("[[1]]", JsonLimits().depth(2)), "");
  EXPECT_NE(refusal("[[[]]]", JsonLimits().depth(2)), "");
}

TEST(JsonDocument, more_bytes_than_the_limit_are_refused) {
  const Result<JsonDocument> document = JsonDocument::parse("[1, 2, 3]", JsonLimits().bytes(8));
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().kind(), ErrorKind::too_large);
  EXPECT_TRUE(JsonDocument::parse("[1, 2, 3]", JsonLimits().bytes(9)));
}

TEST(JsonDocument, places_count_lines_and_characters) {
  const JsonDocument document = parsed("{\"\u00e4\u20ac\": 1,\n \"b\": [\n2]}");
  EXPECT_EQ(document.root().place(), (SourcePlace{1, 1}));
  EXPECT_EQ(document.root().find("\u00e4\u20ac")->place(), (SourcePlace{1, 8}));
  EXPECT_EQ(document.root().find("b")->elements().value()[0].place(), (SourcePlace{3, 1}));
}

}  // namespace
}  // namespace coffer
