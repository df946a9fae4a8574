#include "cli/settings.hpp"

#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include <coffer/base/error.hpp>
#include <gtest/gtest.h>

namespace coffer::cli {
namespace {

/// The environment of one test; put back afterwards.
class CliSettings : public testing::Test {
 protected:
  CliSettings() {
    for (const char* name :
         {"COFFER_STORE", "COFFER_IO_BACKEND", "COFFER_CACHE_DIR", "COFFER_CACHE_SIZE", "XDG_DATA_HOME", "HOME"}) {
      if (const char* value = std::getenv(name)) before_[name] = value;
      ::unsetenv(name);
    }
    ::setenv("HOME", "/home/me", 1);
  }
  ~CliSettings() override {
    for (const char* name :
         {"COFFER_STORE", "COFFER_IO_BACKEND", "COFFER_CACHE_DIR", "COFFER_CACHE_SIZE", "XDG_DATA_HOME", "HOME"}) {
      const auto known = before_.find(name);
      if (known == before_.end()) {
        ::unsetenv(name);
      } else {
        ::setenv(name, known->second.c_str(), 1);
      }
    }
  }

  static std::string refusal(const GlobalOptions& options) {
    try {
      resolve(options);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
      return error.what();
    }
    return "";
  }

 private:
  std::map<std::string, std::string> before_;
};

TEST_F(CliSettings, the_store_is_the_option_else_the_variable_else_the_users_folder) {
  GlobalOptions options;
  EXPECT_EQ(resolve(options).root.raw(), "file:///home/me/.local/share/coffer/store");
  ::setenv("XDG_DATA_HOME", "/xdg", 1);
  EXPECT_EQ(resolve(options).root.raw(), "file:///xdg/coffer/store");
  ::setenv("COFFER_STORE", "/from/variable", 1);
  EXPECT_EQ(resolve(options).root.raw(), "file:///from/variable");
  options.store = "mem://option";
  EXPECT_EQ(resolve(options).root.raw(), "mem://option");
}

TEST_F(CliSettings, empty_variables_and_relative_xdg_folders_do_not_count) {
  ::setenv("COFFER_STORE", "", 1);
  ::setenv("XDG_DATA_HOME", "relative", 1);
  EXPECT_EQ(resolve(GlobalOptions()).root.raw(), "file:///home/me/.local/share/coffer/store");
}

TEST_F(CliSettings, without_any_hint_of_a_store_the_user_is_asked) {
  ::unsetenv("HOME");
  EXPECT_NE(refusal(GlobalOptions()).find("--store"), std::string::npos);
}

TEST_F(CliSettings, the_budget_is_64_MiB_unless_told) {
  GlobalOptions options;
  EXPECT_EQ(resolve(options).budget, std::size_t{64} << 20U);
  options.budget = "1MiB";
  EXPECT_EQ(resolve(options).budget, std::size_t{1} << 20U);
}

TEST_F(CliSettings, a_wrong_value_is_refused_with_the_name_of_its_option) {
  GlobalOptions options;
  for (const char* budget : {"much", "1KiB", "0", "-1", "100000TiB"}) {
    options.budget = budget;
    EXPECT_NE(refusal(options).find("--budget"), std::string::npos) << budget;
  }
  options = GlobalOptions();
  options.io_backend = "epoll";
  EXPECT_NE(refusal(options).find("--io-backend"), std::string::npos);
  options = GlobalOptions();
  options.store = "s4://bucket";
  EXPECT_NE(refusal(options).find("--store"), std::string::npos);
  options = GlobalOptions();
  ::setenv("COFFER_IO_BACKEND", "epoll", 1);
  EXPECT_NE(refusal(options).find("COFFER_IO_BACKEND"), std::string::npos);
}

TEST_F(CliSettings, there_is_no_cache_unless_an_option_or_a_variable_names_it) {
  GlobalOptions options;
  EXPECT_EQ(resolve(options).cache, "");
  EXPECT_EQ(resolve(options).cache_size, std::uint64_t{4} << 30U);
  ::setenv("COFFER_CACHE_DIR", "/fast", 1);
  ::setenv("COFFER_CACHE_SIZE", "1GiB", 1);
  EXPECT_EQ(resolve(options).cache, "/fast");
  EXPECT_EQ(resolve(options).cache_size, std::uint64_t{1} << 30U);
  options.cache = "/faster";
  options.cache_size = "2GiB";
  EXPECT_EQ(resolve(options).cache, "/faster");
  EXPECT_EQ(resolve(options).cache_size, std::uint64_t{2} << 30U);
  options.cache_size = "much";
  EXPECT_NE(refusal(options).find("--cache-size"), std::string::npos);
  options.cache_size = "";
  ::setenv("COFFER_CACHE_SIZE", "much", 1);
  EXPECT_NE(refusal(options).find("COFFER_CACHE_SIZE"), std::string::npos);
}

TEST_F(CliSettings, the_backend_is_the_option_else_the_variable) {
  GlobalOptions options;
  EXPECT_EQ(resolve(options).io_backend, "");
  ::setenv("COFFER_IO_BACKEND", "threads", 1);
  EXPECT_EQ(resolve(options).io_backend, "threads");
  options.io_backend = "uring";
  EXPECT_EQ(resolve(options).io_backend, "uring");
}

}  // namespace
}  // namespace coffer::cli
