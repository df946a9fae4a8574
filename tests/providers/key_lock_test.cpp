#include "providers/local/key_lock.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>

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

/// Two programs with one store.
class KeyLocks : public testing::Test {
 protected:
  KeyLocks() { scene_.put("x", "the store's folder is there"); }

  Task<KeyLockPtr> co_mine(const std::string& key) {
    return co_lock_key(scene_.runtime(), io_, mine_, subject_, key, std::chrono::milliseconds(5));
  }
  Task<KeyLockPtr> co_others(const std::string& key) {
    return co_lock_key(scene_.runtime(), io_, others_, subject_, key, std::chrono::milliseconds(5));
  }

  LocalScene scene_;
  const Subject subject_{"store", "file:///store/a/b", "/store/a/b"};
  // What the tasks take by reference.
  const std::shared_ptr<IoBackend> io_ = scene_.io();
  const std::string key_ = "a/b";
  const std::string another_ = "c";

  StoreFolders mine_{scene_.runtime(), scene_.io(), scene_.path()};
  StoreFolders others_{scene_.runtime(), scene_.io(), scene_.path()};
};

TEST_F(KeyLocks, one_that_is_never_let_go_is_waited_for_only_so_long) {
  const KeyLockPtr held = scene_.run(co_others(key_));
  const std::optional<Error> error = scene_.error_of(co_mine(key_));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::timed_out);
  EXPECT_EQ(error->uri(), "file:///store/a/b");
  EXPECT_NE(error->message().find("locks/" + lock_name(key_)), std::string::npos) << error->what();
}

TEST_F(KeyLocks, where_the_disk_has_no_room_for_them_one_holder_has_all) {
  scene_.io()->fail_each("make the folder", ENOSPC);
  KeyLockPtr held = scene_.run(co_others(key_));
  const std::optional<Error> error = scene_.error_of(co_mine(another_));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::no_space);
  held = nullptr;
  EXPECT_TRUE(scene_.run(co_mine(another_)));
}

TEST_F(KeyLocks, who_makes_room_for_them_waits_for_who_has_all) {
  scene_.io()->fail_each("make the folder", ENOSPC);
  KeyLockPtr held = scene_.run(co_others(key_));
  scene_.io()->heal();
  std::atomic<bool> let_go = false;
  Task<KeyLockPtr> locking = co_lock_key(scene_.runtime(), io_, mine_, subject_, key_, std::chrono::minutes(1));
  const std::jthread releasing([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    let_go = true;
    held = nullptr;
  });
  EXPECT_TRUE(scene_.run(std::move(locking)));
  EXPECT_TRUE(let_go);
}

TEST_F(KeyLocks, a_full_disk_without_them_lets_objects_be_removed) {
  scene_.io()->fail_each("make the folder", ENOSPC);
  scene_.run(scene_.store().co_remove("x", RemoveOptions()));
  EXPECT_TRUE(scene_.keys().empty());
  EXPECT_FALSE(std::filesystem::exists(scene_.path() / ".coffer/locks"));
}

}  // namespace
}  // namespace coffer
