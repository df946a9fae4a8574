#include "pipe/secret_mask.hpp"

#include <gtest/gtest.h>

namespace coffer {
namespace {

TEST(SecretMask, a_secret_is_masked_wherever_it_stands) {
  const SecretMask mask("abc1");
  EXPECT_EQ(mask.masked("abc1 http://h/abc1/x abc abc1abc1"), "*** http://h/***/x abc ******");
  EXPECT_EQ(SecretMask().masked("as it is"), "as it is");
}

TEST(SecretMask, it_may_come_in_pieces) {
  const std::string text = "ab http://h/abc1/x: abcabc1 failed abc";
  for (std::size_t size = 1; size < text.size(); ++size) {
    SecretMask mask("abc1");
    std::string passed;
    for (std::size_t at = 0; at < text.size(); at += size) passed += mask.add(std::string_view(text).substr(at, size));
    passed += mask.rest();
    EXPECT_EQ(passed, "ab http://h/***/x: abc*** failed abc") << size;
  }
}

TEST(SecretMask, nothing_but_a_beginning_is_kept_back) {
  SecretMask mask("abc1");
  EXPECT_EQ(mask.add("line\n"), "line\n");
  EXPECT_EQ(mask.add("x ab"), "x ");
  EXPECT_EQ(mask.add("d"), "abd");
  EXPECT_EQ(SecretMask().add("ab"), "ab");
}

}  // namespace
}  // namespace coffer
