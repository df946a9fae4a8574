#include <string>
#include <vector>

#include <coffer/base/did_you_mean.hpp>
#include <gtest/gtest.h>

namespace coffer {
namespace {

const std::vector<std::string> words = {"reads", "writes", "write", "command"};

TEST(DidYouMean, names_the_nearest_word) {
  EXPECT_EQ(did_you_mean("raeds", words), "; did you mean 'reads'?");
  EXPECT_EQ(did_you_mean("wrte", words), "; did you mean 'write'?");
}

TEST(DidYouMean, of_two_that_are_as_near_it_is_the_first) {
  EXPECT_EQ(did_you_mean("writex", words), "; did you mean 'writes'?");
}

TEST(DidYouMean, another_word_is_none_that_was_meant) {
  EXPECT_EQ(did_you_mean("batch", words), "");
  EXPECT_EQ(did_you_mean("", words), "");
  EXPECT_EQ(did_you_mean(std::string(1000, 'x'), words), "");
}

}  // namespace
}  // namespace coffer
