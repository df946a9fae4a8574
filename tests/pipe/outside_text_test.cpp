#include "pipe/outside_text.hpp"

#include <string>

#include <gtest/gtest.h>

namespace coffer {
namespace {

TEST(HtmlText, no_text_is_markup) {
  EXPECT_EQ(html_text("<b a=\"1\" c='2'>&amp;"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;");
  EXPECT_EQ(html_text("Grüße 😀"), "Grüße 😀");
}

TEST(HtmlText, control_characters_are_pictures) {
  EXPECT_EQ(html_text("a\x1b[31m\n\tb\x7f\r"), "a␛[31m\n\tb␡␍");
  EXPECT_EQ(html_text(std::string("\0", 1)), "␀");
  EXPECT_EQ(html_text("\xc2\x9b"), "\xEF\xBF\xBD");
}

TEST(HtmlText, what_is_no_utf8_is_replaced_byte_by_byte) {
  EXPECT_EQ(html_text("a\xff\xc3z\xed\xa0\x80"), "a\xEF\xBF\xBD\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(html_text("\xf0\x9f\x98"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(JsonText, a_string_ends_neither_itself_nor_a_script) {
  EXPECT_EQ(json_text("a\"\\</script>&'"), R"("a\u0022\u005c\u003c/script\u003e\u0026\u0027")");
  EXPECT_EQ(json_text("\n\x1b\x7f\xc2\x85ü"), R"("\u000a\u001b\u007f\u0085ü")");
  EXPECT_EQ(json_text("\xff"), "\"\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace coffer
