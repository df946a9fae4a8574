#include <string>
#include <string_view>

#include <coffer/base/terminal_text.hpp>
#include <gtest/gtest.h>

namespace coffer {
namespace {

TEST(TerminalText, characters_are_told_from_bytes_that_are_none) {
  const TextCharacter letter = first_character("ü!");
  EXPECT_EQ(letter.bytes, "ü");
  EXPECT_EQ(letter.code, U'ü');
  EXPECT_EQ(first_character("a").code, U'a');
  EXPECT_EQ(first_character("漢").code, U'漢');
  EXPECT_EQ(first_character("😀 ").code, U'😀');
  // Alone, cut, too long for its code, a surrogate, beyond the last code.
  for (const std::string_view text :
       {"\x9b", "\xc3", "\xe6\xbc", "\xc1\x9b", "\xe0\x82\x9b", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"}) {
    const TextCharacter stray = first_character(text);
    EXPECT_FALSE(stray.code) << text;
    EXPECT_EQ(stray.bytes, text.substr(0, 1));
  }
}

TEST(TerminalText, controls_drive_a_terminal_also_as_bare_bytes_and_so_does_what_turns_text) {
  for (const std::string_view text :
       {"\n", "\x1b", "\x7f", "\x80", "\x9b", "\xc2\x9b", "\u202a", "\u202e", "\u2066", "\u2069"}) {
    EXPECT_TRUE(drives_terminal(first_character(text))) << text;
  }
  for (const std::string_view text : {" ", "a", "ü", "\u00a0", "\u2029", "\u202f", "\u2065", "\u206a", "\xa0", "\xc2"})
    EXPECT_FALSE(drives_terminal(first_character(text))) << text;
}

}  // namespace
}  // namespace coffer
