#include "codec/json_scanner.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using testing::ElementsAre;
using testing::Pair;

struct Scan {
  std::string refusal;  // "" where it was taken.
  std::string text;     // Of all parts together.
};

/// Feeds the text in pieces, each in memory of its own, so that reading beyond one is seen.
Scan scan(std::string_view text, std::size_t piece_size) {
  Scan result;
  JsonScanner scanner;
  try {
    for (std::size_t at = 0; at < text.size(); at += piece_size) {
      const std::vector<char> piece(text.begin() + static_cast<std::ptrdiff_t>(at),
                                    text.begin() + static_cast<std::ptrdiff_t>(std::min(at + piece_size, text.size())));
      scanner.feed({piece.data(), piece.size()});
      while (const auto part = scanner.next()) result.text += part->text;
    }
    scanner.end();
  } catch (const Error& error) {
    result.refusal = error.message();
  }
  return result;
}

std::string place_of(const std::string& refusal) { return refusal.substr(0, refusal.find(':')); }

const std::vector<std::string>& documents() {
  static const std::vector<std::string> all = {
      R"({"a" : [1180591620717411303424, -0.0,1e+22 , NaN],"b":{"c":null,"d":[]},"e":"x\u0041", "f":true})",
      " \"x\" \n",
      "\t-12 ",
      "null",
      "false",
      "NaN",
      "-Infinity",
      "Infinity",
      "0",
      "[]",
      "{}",
      "[ ]",
      "{ }",
      "[[],{},[{}]]",
      R"("\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83d")",
      "\"\u00e9 \u20ac \U0001F600 \x7F\"",
      "{\"\u00e9\\u00e9\\\\\":1,\"\":\"\"}",
      "{\"a\":1,\"a\":2}",
      "[1,\n 2,\r\n\t3]",
      "1.5E-10",
      "123456789012345678901234567890",
  };
  return all;
}

const std::vector<std::string>& no_documents() {
  static const std::vector<std::string> all = {
      "",
      " \n ",
      "\xEF\xBB\xBF{}",
      "{\"a\":\"\xFF\"}",
      "\"\xC3\"",
      "\"\xC3\xC3\xA9\"",
      "\"\xED\xA0\x80\"",
      "\"\xF0\x9F\x98\"",
      "[1] x",
      "\"a\" 1",
      "[1 2]",
      "[\"a\":1]",
      "{\"a\":\"b\":1,\"c\":[2]}",
      "{\"a\" 1}",
      "{a:1}",
      "{\"a\":}",
      "{\"a\":1,}",
      "{,}",
      "[1,]",
      "[,1]",
      "[",
      "{",
      "{\"a\"",
      "{\"a\":1",
      "[1",
      "]",
      "}",
      "[}",
      "{]",
      "\"abc",
      "\"a\nb\"",
      "\"a\x01\"",
      "\"\\x\"",
      "\"\\u12\"",
      "\"\\u12G4\"",
      "\"\\",
      "\"\\\"",
      "01",
      "-",
      "+1",
      "1.",
      ".5",
      "1e",
      "1e+",
      "--1",
      "0x10",
      "nul",
      "nulll",
      "True",
      "-NaN",
      "Infinit",
      "1a",
      "tru e",
      "1[",
      "\"a\"\"b\"",
      ":",
      ",",
      "{\"a\"::1}",
      "[1,,2]",
  };
  return all;
}

TEST(JsonScanner, takes_what_is_json_in_pieces_of_every_size_and_gives_all_of_it_back) {
  for (const std::string& text : documents()) {
    ASSERT_TRUE(JsonDocument::parse(text)) << text;
    for (std::size_t size = 1; size <= text.size(); ++size) {
      const Scan result = scan(text, size);
      EXPECT_EQ(result.refusal, "") << text << " in pieces of " << size;
      EXPECT_EQ(result.text, text) << "in pieces of " << size;
    }
  }
}

TEST(JsonScanner, refuses_what_is_no_json_at_the_same_place_in_pieces_of_every_size) {
  for (const std::string& text : no_documents()) {
    ASSERT_FALSE(JsonDocument::parse(text)) << text;
    const std::string whole = scan(text, text.size() + 1).refusal;
    EXPECT_THAT(whole, testing::StartsWith("line ")) << text;
    for (std::size_t size = 1; size <= text.size(); ++size) {
      EXPECT_EQ(scan(text, size).refusal, whole) << text << " in pieces of " << size;
    }
  }
}

TEST(JsonScanner, says_where_a_fault_is) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{\"a\":\n  [1, x]}", "line 2, column 7: this is neither a number nor true, false or null"},
      {"[\"\u00e9\u20ac\", \"\\q\"]", "line 1, column 9: an escape that JSON does not have"},
      {"{\"a\":1,\n\"b\":2,\n}", "line 3, column 1: a name in quotes must stand here"},
      {"[1,\n\"abc", "line 2, column 1: a string without an end"},
      {"{\"a\"\n1}", "line 2, column 1: a colon must stand behind this name"},
      {"[1\n2]", "line 2, column 1: a comma or ] must stand here"},
      {"{} []", "line 1, column 4: text behind the end of the document"},
      {"[1", "line 1, column 3: the document ends too soon"},
      {"", "line 1, column 1: the document is empty"},
      {"\xEF\xBB\xBF{}", "line 1, column 1: a byte order mark before the document; remove it"},
  };
  for (const auto& [text, refusal] : cases) EXPECT_EQ(scan(text, 1).refusal, refusal) << text;
}

TEST(JsonScanner, agrees_with_JsonDocument_on_the_place_of_a_fault) {
  for (const std::string& text :
       {std::string("{\"a\":1,\n\"b\":2,\n}"), std::string("[1\n2]"), std::string("{} []"), std::string("\"a\nb\""),
        std::string("{\"a\":\"\xFF\"}"), std::string("[\"\\x\"]"), std::string("[1, 2, nul]"), std::string("[1")}) {
    EXPECT_EQ(place_of(scan(text, 3).refusal), place_of(JsonDocument::parse(text).error().message())) << text;
  }
}

TEST(JsonScanner, knows_its_parts_and_their_depth) {
  using Kind = JsonPart::Kind;
  JsonScanner scanner;
  scanner.feed(R"({"a": ["x", -1]})");
  std::vector<std::pair<Kind, std::string>> parts;
  std::vector<std::size_t> depths;
  while (const auto part = scanner.next()) {
    parts.emplace_back(part->kind, part->text);
    depths.push_back(scanner.depth());
  }
  scanner.end();
  EXPECT_THAT(parts, ElementsAre(Pair(Kind::object_begin, "{"), Pair(Kind::name_begin, "\""), Pair(Kind::name, "a"),
                                 Pair(Kind::name_end, "\""), Pair(Kind::layout, ": "), Pair(Kind::array_begin, "["),
                                 Pair(Kind::string_begin, "\""), Pair(Kind::string, "x"), Pair(Kind::string_end, "\""),
                                 Pair(Kind::layout, ", "), Pair(Kind::word, "-1"), Pair(Kind::array_end, "]"),
                                 Pair(Kind::object_end, "}")));
  EXPECT_THAT(depths, ElementsAre(1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 1, 0));
}

TEST(JsonScanner, cuts_no_escape_and_no_character) {
  const std::string text = "\"\u20ac\\u20ac\\\\\\\"\U0001F600\"";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    JsonScanner scanner;
    for (std::size_t at = 0; at < text.size(); at += size) {
      scanner.feed(std::string_view(text).substr(at, size));
      while (const auto part = scanner.next()) {
        if (part->kind != JsonPart::Kind::string) continue;
        const std::string quoted = '"' + std::string(part->text) + '"';
        EXPECT_TRUE(JsonDocument::parse(quoted)) << quoted << " in pieces of " << size;
      }
    }
    scanner.end();
  }
}

TEST(JsonScanner, goes_as_deep_as_it_was_told_to) {
  EXPECT_EQ(scan(std::string(1000, '[') + std::string(1000, ']'), 64).refusal, "");
  EXPECT_EQ(scan(std::string(100'000, '['), 4096).refusal,
            "line 1, column 1001: more than 1000 lists and objects in each other");
}

}  // namespace
}  // namespace coffer
