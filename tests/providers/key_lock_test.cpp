#include "providers/local/key_lock.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "providers/local_scene.hpp"

namespace coffer {
namespace {

using test::LocalScene;

TEST(KeyLock, a_key_has_one_of_256_locks) {
  EXPECT_EQ(lock_name("a"), lock_name("a"));
  std::set<std::string> names;
  for (int i = 0; i < 5000; ++i) names.insert(lock_name(std::to_string(i)));
  EXPECT_EQ(names.size(), 256U);
}

TEST(KeyLock, one_that_is_never_let_go_is_waited_for_only_so_long) {
  LocalScene scene;
  const std::string key = "a/b";
  const Subject subject{"store", "file:///store/a/b", "/store/a/b"};
  StoreFolders mine(scene.runtime(), scene.io(), scene.path());
  StoreFolders others(scene.runtime(), scene.io(), scene.path());
  scene.put("x", "the store's folder is there");
  const KeyLockPtr held = scene.run(co_lock_key(scene.runtime(), scene.io(), others, subject, key));
  const std::optional<Error> error =
      scene.error_of(co_lock_key(scene.runtime(), scene.io(), mine, subject, key, std::chrono::milliseconds(5)));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::timed_out);
  EXPECT_EQ(error->uri(), "file:///store/a/b");
  EXPECT_NE(error->message().find("locks/" + lock_name(key)), std::string::npos) << error->what();
}

}  // namespace
}  // namespace coffer
