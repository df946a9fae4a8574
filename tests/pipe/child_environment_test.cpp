#include "pipe/child_environment.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using testing::Contains;
using testing::UnorderedElementsAre;

TEST(ChildEnvironment, credentials_of_stores_stay_here_and_all_else_goes_along) {
  const std::vector<std::string> own = {"PATH=/bin",
                                        "HOME=/root",
                                        "EMPTY=",
                                        "AWS_SECRET_ACCESS_KEY=x",
                                        "AWS_PROFILE=x",
                                        "COFFER_STORE=/data",
                                        "GOOGLE_APPLICATION_CREDENTIALS=/key.json",
                                        "GOOGLE_CLOUD_PROJECT=x",
                                        "GOOGLE_API_KEY=model",
                                        "OPENAI_API_KEY=model",
                                        "AZURE_STORAGE_KEY=x",
                                        "PWD=/here",
                                        "OLDPWD=/there",
                                        "MY_AWS_NOTE=kept"};
  EXPECT_THAT(child_environment(own),
              UnorderedElementsAre("PATH=/bin", "HOME=/root", "EMPTY=", "GOOGLE_API_KEY=model", "OPENAI_API_KEY=model",
                                   "MY_AWS_NOTE=kept", "no_proxy=127.0.0.1", "NO_PROXY=127.0.0.1"));
}

TEST(ChildEnvironment, no_proxy_is_told_of_the_range_server) {
  const std::vector<std::string> own = {"http_proxy=http://proxy", "no_proxy=example.org", "NO_PROXY="};
  EXPECT_THAT(child_environment(own),
              UnorderedElementsAre("http_proxy=http://proxy", "no_proxy=example.org,127.0.0.1", "NO_PROXY=127.0.0.1"));
}

TEST(ChildEnvironment, the_own_one_is_that_of_this_process) {
  EXPECT_THAT(own_environment(), Contains(testing::StartsWith("PATH=")));
}

}  // namespace
}  // namespace coffer
