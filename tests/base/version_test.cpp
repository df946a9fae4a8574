#include <string>

#include <coffer/base/version.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

TEST(Version, it_is_three_numbers) {
  EXPECT_THAT(std::string(version()), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

}  // namespace
}  // namespace coffer
