#include "providers/local/key_lock.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
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

  StoreFolders mine_{scene_.runtime(), scene_.io(), scene_.path(), false};
  StoreFolders others_{scene_.runtime(), scene_.io(), scene_.path(), false};
};

TEST_F(KeyLocks, one_that_is_never_let_go_is_waited_for_only_so_long) {
  const KeyLockPtr held = scene_.run(co_others(key_));
  const std::optional<Error> error = scene_.error_of(co_mine(key_));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::timed_out);
  EXPECT_EQ(error->uri(), "file:///store/a/b");
  EXPECT_NE(error->message().find("locks/" + lock_name(key_)), std::string::npos) << error->what();
}

/// Which lock is missing, and what a full disk lets nobody make.
struct Missing {
  const char* name;
  const char* step;

  friend std::ostream& operator<<(std::ostream& out, const Missing& missing) { return out << missing.name; }
};

class MissingKeyLocks : public KeyLocks, public testing::WithParamInterface<Missing> {
 protected:
  MissingKeyLocks() {
    if (std::string_view(GetParam().name) == "one_lock") scene_.run(co_others(another_));
    disk_is_full();
  }
  void disk_is_full() { scene_.io()->fail_each(GetParam().step, ENOSPC); }
  std::size_t tries() { return scene_.io()->counts()["lock the folder"]; }
};

TEST_P(MissingKeyLocks, are_their_folder_on_a_full_disk) {
  KeyLockPtr held = scene_.run(co_others(key_));
  const std::optional<Error> error = scene_.error_of(co_mine(key_));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::timed_out);
  EXPECT_NE(error->message().find("the lock of the folder "), std::string::npos) << error->what();
  held = nullptr;
  EXPECT_TRUE(scene_.run(co_mine(key_)));
}

TEST_P(MissingKeyLocks, are_made_by_who_holds_their_folder) {
  KeyLockPtr held = scene_.run(co_others(key_));
  scene_.io()->heal();
  std::atomic<bool> let_go = false;
  Task<KeyLockPtr> locking = co_lock_key(scene_.runtime(), io_, mine_, subject_, key_, std::chrono::minutes(1));
  const std::jthread releasing([&, before = tries()] {
    while (tries() < before + 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    let_go = true;
    held = nullptr;
  });
  EXPECT_TRUE(scene_.run(std::move(locking)));
  EXPECT_TRUE(let_go);
}

TEST_P(MissingKeyLocks, are_made_all_the_same_where_another_program_keeps_their_folder_locked) {
  const KeyLockPtr held = scene_.run(co_others(key_));
  scene_.io()->heal();
  EXPECT_TRUE(scene_.run(co_mine(key_)));
}

INSTANTIATE_TEST_SUITE_P(Of, MissingKeyLocks,
                         testing::Values(Missing{"all_locks", "make the folder"},
                                         Missing{"one_lock", "make the lock of"}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_F(KeyLocks, a_full_disk_without_them_lets_objects_be_removed) {
  scene_.io()->fail_each("make the folder", ENOSPC);
  scene_.run(scene_.store().co_remove("x", RemoveOptions()));
  EXPECT_TRUE(scene_.keys().empty());
  EXPECT_FALSE(std::filesystem::exists(scene_.path() / ".coffer/locks"));
}

}  // namespace
}  // namespace coffer
