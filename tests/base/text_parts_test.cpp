#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <coffer/base/text_parts.hpp>
#include <gtest/gtest.h>

namespace coffer {
namespace {

TEST(TextParts, the_rest_of_a_text_can_be_had_whole) {
  const std::vector<std::string> texts = {"one", "two", "three"};
  const TextParts parts = [&texts, next = std::size_t{0}]() mutable {
    return next < texts.size() ? texts[next++] : std::string();
  };
  EXPECT_EQ(parts(), "one");
  EXPECT_EQ(join(parts), "twothree");
  EXPECT_EQ(join(parts), "");
}

}  // namespace
}  // namespace coffer
