#include "cli/names.hpp"

#include <functional>

#include <coffer/base/error.hpp>
#include <gtest/gtest.h>

namespace coffer::cli {
namespace {

const char* const store_text = "file:///data/store";

Uri store() { return Uri(store_text); }

std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    return error.message();
  }
  return "";
}

TEST(CliNames, a_bare_key_is_of_the_store) {
  EXPECT_EQ(object_named("a b/c.mp4", store()).raw(), "file:///data/store/a%20b/c.mp4");
  EXPECT_EQ(object_named("c:d", store()).raw(), "file:///data/store/c:d");
}

TEST(CliNames, a_uri_is_taken_as_it_is) {
  EXPECT_EQ(object_named("file:///etc/hosts", store()).path(), "/etc/hosts");
  EXPECT_EQ(object_named("mem://other/x", store()).authority(), "other");
}

TEST(CliNames, a_path_is_refused_with_the_uri_to_write) {
  EXPECT_NE(refusal([] { object_named("/etc/hosts", store()); }).find("file:///etc/hosts"), std::string::npos);
  for (const char* path : {"./a", "../a", "~/a", ".", ".."}) {
    EXPECT_FALSE(refusal([path] { object_named(path, store()); }).empty()) << path;
  }
}

TEST(CliNames, a_uri_that_lacks_a_slash_is_no_key) {
  EXPECT_NE(refusal([] { object_named("file:/etc/hosts", store()); }).find("file:///etc/hosts"), std::string::npos);
  EXPECT_NE(refusal([] { prefix_named("mem:/x", store()); }).find("mem://x"), std::string::npos);
  EXPECT_EQ(object_named("s3:/a", store()).raw(), "file:///data/store/s3:/a");
}

TEST(CliNames, nothing_and_a_dash_name_no_object) {
  EXPECT_FALSE(refusal([] { object_named("", store()); }).empty());
  EXPECT_FALSE(refusal([] { object_named("-", store()); }).empty());
}

TEST(CliNames, an_empty_prefix_is_the_whole_store) {
  EXPECT_TRUE(prefix_named("", store()).is_below(store()));
  EXPECT_EQ(prefix_named("", store()).key_below(store()), "");
}

TEST(CliNames, listings_show_keys_unless_the_user_wrote_a_uri) {
  const Uri object = store().join("a b\x1b");
  EXPECT_EQ(shown_name(object, store(), false), "a b\\x1b");
  EXPECT_EQ(shown_name(object, store(), true), "file:///data/store/a%20b%1B");
  EXPECT_EQ(shown_name(Uri("file:///etc/hosts"), store(), false), "file:///etc/hosts");
}

TEST(CliNames, a_file_is_called_like_the_last_part_of_the_object) {
  EXPECT_EQ(last_name(store().join("a/b c.mp4")), "b c.mp4");
  EXPECT_FALSE(refusal([] { last_name(store().join("a/")); }).empty());
  EXPECT_FALSE(refusal([] { last_name(Uri("file:///data/store/..")); }).empty());
}

TEST(CliNames, files_typed_as_uris_are_readable_wherever_they_lie) {
  const std::vector<Uri> typed = {Uri("file:///etc/hosts"), store().join("a"), store(), Uri("mem://m/x")};
  EXPECT_EQ(files_outside(typed, store()), std::vector<std::filesystem::path>{"/etc/hosts"});
}

}  // namespace
}  // namespace coffer::cli
