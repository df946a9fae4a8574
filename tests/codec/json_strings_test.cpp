#include "codec/json_strings.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace coffer {
namespace {

JsonEscapesChecker checked(const std::vector<std::string>& pieces) {
  JsonEscapesChecker checker;
  for (const std::string& piece : pieces) checker.add(piece);
  return checker;
}

TEST(JsonEscapes, plain_text_is_written_one_way) {
  const JsonEscapesChecker plain =
      checked({"hello coffer, ", "as long as it has no accents \\n\\t\\\"\\\\\\b\\f\\r \\u0001"});
  EXPECT_TRUE(plain.are_ascii());
  EXPECT_TRUE(plain.are_few());
  EXPECT_TRUE(plain.is_unicode());
}

TEST(JsonEscapes, tells_how_accents_are_written) {
  const JsonEscapesChecker ascii = checked({"caf\\u00e9 \\ud83d\\ude00 \\u007f"});
  EXPECT_TRUE(ascii.are_ascii());
  EXPECT_FALSE(ascii.are_few());
  EXPECT_TRUE(ascii.is_unicode());
  const JsonEscapesChecker few = checked({"caf\u00e9 \U0001F600 \x7F"});
  EXPECT_FALSE(few.are_ascii());
  EXPECT_TRUE(few.are_few());
}

TEST(JsonEscapes, what_no_writer_makes_is_neither) {
  for (const char* text : {"\\/", "\\u00E9", "\\u0041", "\\u000a", "\u00e9\\u00e9", "\\u0022", "\\u001F"}) {
    const JsonEscapesChecker other = checked({text});
    EXPECT_FALSE(other.are_ascii()) << text;
    EXPECT_FALSE(other.are_few()) << text;
  }
}

TEST(JsonEscapes, halves_of_pairs_are_no_unicode_wherever_they_stand) {
  for (const std::vector<std::string>& pieces : std::vector<std::vector<std::string>>{{"\\ud83d"},
                                                                                      {"\\ude00"},
                                                                                      {"\\ud83dx"},
                                                                                      {"\\ud83d", "x\\ude00"},
                                                                                      {"\\ud83d\\ud83d\\ude00"},
                                                                                      {"\\ude00\\ud83d"},
                                                                                      {"\\ud83d", "\u00e9"},
                                                                                      {"\\ud83d\\n"}}) {
    EXPECT_FALSE(checked(pieces).is_unicode()) << pieces.front();
  }
  EXPECT_TRUE(checked({"\\ud83d", "\\ude00"}).is_unicode()) << "a pair in two pieces";
}

TEST(JsonStringDecoder, a_pair_in_two_pieces_is_one_character) {
  JsonStringDecoder decoder;
  std::string text;
  for (const std::string_view piece : {"a\\n\\u00e9\\ud83d", "\\ude00", "z"}) decoder.decode(piece, text);
  EXPECT_EQ(text, "a\n\u00e9\U0001F600z");
}

TEST(JsonStringWriting, few_escapes_are_those_that_must_be) {
  std::string written;
  append_few_escapes_text("\"\\/\b\f\n\r\t\x01 caf\u00e9 \x7F", written);
  EXPECT_EQ(written, "\\\"\\\\/\\b\\f\\n\\r\\t\\u0001 caf\u00e9 \x7F");
}

}  // namespace
}  // namespace coffer
