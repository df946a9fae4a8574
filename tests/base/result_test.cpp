#include <string>
#include <typeinfo>

#include <coffer/base/result.hpp>
#include <gtest/gtest.h>

namespace coffer {
namespace {

Result<std::string> shout(const std::string& word) {
  if (word.empty()) return Error(ErrorKind::invalid_argument, "nothing to shout");
  return word + "!";
}

TEST(Result, it_holds_the_value_or_the_error) {
  EXPECT_EQ(shout("hey").value(), "hey!");
  EXPECT_FALSE(shout(""));
  EXPECT_EQ(shout("").error().message(), "nothing to shout");
}

TEST(Result, asking_a_failed_one_for_its_value_throws_that_very_error) {
  const Result<std::string> failed = shout("");
  try {
    const std::string never = failed.value();
    FAIL() << never;
  } catch (const Error& error) {
    EXPECT_EQ(typeid(error), typeid(Error)) << "no wrapper of Boost's around it";
    EXPECT_STREQ(error.what(), failed.error().what());
  }
}

TEST(Result, it_can_be_default_constructed_and_be_of_nothing) {
  EXPECT_EQ(Result<int>().value(), 0);
  EXPECT_TRUE(Result<void>());
  const Result<void> failed = Error(ErrorKind::io, "x");
  EXPECT_THROW(failed.value(), Error);
}

}  // namespace
}  // namespace coffer
