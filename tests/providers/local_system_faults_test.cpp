#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "providers/local_scene.hpp"
#include "support/child_process.hpp"

namespace coffer {
namespace {

namespace fs = std::filesystem;
using test::ChildResult;
using test::LocalScene;
using test::MiB;
using test::run_in_child;
using test::sample_bytes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

void expect_error(const std::optional<Error>& error, ErrorKind kind, const fs::path& path, const std::string& cure) {
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), kind) << error->what();
  EXPECT_THAT(error->what(), HasSubstr(path.string()));
  EXPECT_THAT(error->what(), HasSubstr(cure));
}

/// On a file system that has room for `fits` and not for 64 MiB.
void check_full_disk(LocalScene& scene, std::size_t fits) {
  scene.put("small", sample_bytes(fits));
  const std::string large = sample_bytes(64 * MiB);
  for (const bool announced : {true, false}) {
    WriteOptions options;
    if (announced) options = WriteOptions(std::move(options).size(large.size()));
    expect_error(scene.error_of(scene.store().co_store("a/large", large, std::move(options))), ErrorKind::no_space,
                 scene.path() / "a/large", "free some space");
    EXPECT_TRUE(scene.settle());
    EXPECT_THAT(scene.keys(), ElementsAre("small")) << "nothing half stored";
    EXPECT_FALSE(fs::exists(scene.path() / "a"));
  }
  scene.put("again", sample_bytes(fits));
  EXPECT_TRUE(scene.get("again") == sample_bytes(fits)) << "what was written in vain takes no room";
}

/// Where nothing may be mounted, the backend says what the disk would.
void check_full_disk_by_the_backend() {
  LocalScene scene;
  scene.put("small", "x");
  scene.io()->fail_each("write", ENOSPC);
  expect_error(scene.error_of(scene.store().co_store("a/large", "bytes")), ErrorKind::no_space,
               scene.path() / "a/large", "free some space");
  EXPECT_THAT(scene.keys(), ElementsAre("small"));
}

TEST(LocalSystemFaults, a_full_memory_file_system) {
  const ChildResult result = run_in_child([] {
    test::TemporaryFolder folder;
    if (!test::enter_own_mounts() || !test::mount_small_memory(folder.path(), "8M")) return false;
    LocalScene scene(test::LoopKind::own_thread, "", folder.path());
    check_full_disk(scene, 4 * MiB);
    return true;
  });
  if (result == ChildResult::not_permitted) return check_full_disk_by_the_backend();
  EXPECT_EQ(result, ChildResult::passed);
}

/// A file system in a file, on a loop device. Only root may.
bool mount_image(const fs::path& image, const fs::path& folder, const std::string& type, const std::string& how) {
  if (::geteuid() != 0) return false;
  std::ofstream(image).close();
  fs::resize_file(image, type == "xfs" ? 320 * MiB : 48 * MiB);
  const std::string make = "mkfs." + type + " -q " + how + " " + image.string() + " > /dev/null 2>&1";
  const std::string mount = "mount -o loop " + image.string() + " " + folder.string() + " > /dev/null 2>&1";
  return std::system(make.c_str()) == 0 && std::system(mount.c_str()) == 0;
}

class LocalFileSystem : public ::testing::TestWithParam<std::string> {};

TEST_P(LocalFileSystem, holds_objects_and_tells_when_it_is_full) {
  const ChildResult result = run_in_child([] {
    test::TemporaryFolder folder;
    fs::create_directory(folder.path() / "mounted");
    if (!test::enter_own_mounts()) return false;
    const std::string how = GetParam() == "ext4" ? "-b 4096" : "";
    if (!mount_image(folder.path() / "image", folder.path() / "mounted", GetParam(), how)) return false;
    {
      LocalScene scene(test::LoopKind::own_thread, "", folder.path() / "mounted");
      for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4096}, 2 * MiB + 1}) {
        scene.put("a/key", sample_bytes(size), WriteOptions().metadata("k", std::string(2047, 'v')));
        EXPECT_TRUE(scene.get("a/key") == sample_bytes(size));
        EXPECT_EQ(scene.head("a/key")->integrity, Integrity::verified_on_read);
        scene.run(scene.store().co_copy("a/key", "copy", WriteOptions()));
        EXPECT_TRUE(scene.get("copy") == sample_bytes(size));
        scene.run(scene.store().co_remove("", RemoveOptions().recursive()));
      }
      // An image of 320 MiB takes long to fill; the smaller one shows it as well.
      if (GetParam() == "ext4") check_full_disk(scene, 4 * MiB);
      EXPECT_TRUE(scene.settle());
    }
    const std::string unmount = "umount " + (folder.path() / "mounted").string();
    EXPECT_EQ(std::system(unmount.c_str()), 0);
    return true;
  });
  if (result == ChildResult::not_permitted) return check_full_disk_by_the_backend();
  EXPECT_EQ(result, ChildResult::passed);
}

TEST(LocalSystemFaults, a_file_system_with_small_blocks_keeps_less_metadata_and_is_said_to) {
  const auto check = [](LocalScene& scene) {
    WriteOptions much = WriteOptions().metadata("k", std::string(2000, 'v'));
    expect_error(scene.error_of(scene.store().co_store("key", "bytes", std::move(much))), ErrorKind::too_large,
                 scene.path() / "key", "shorten the metadata");
    EXPECT_THAT(scene.keys(), ElementsAre());
    return true;
  };
  const ChildResult result = run_in_child([&] {
    test::TemporaryFolder folder;
    fs::create_directory(folder.path() / "mounted");
    if (!test::enter_own_mounts()) return false;
    if (!mount_image(folder.path() / "image", folder.path() / "mounted", "ext4", "-b 1024")) return false;
    {
      LocalScene scene(test::LoopKind::own_thread, "", folder.path() / "mounted");
      check(scene);
      scene.put("key", sample_bytes(2 * MiB + 700), WriteOptions().metadata("k", "v"));
      EXPECT_TRUE(scene.get("key") == sample_bytes(2 * MiB + 700));
      EXPECT_TRUE(scene.settle());
    }
    const std::string unmount = "umount " + (folder.path() / "mounted").string();
    EXPECT_EQ(std::system(unmount.c_str()), 0);
    return true;
  });
  if (result == ChildResult::not_permitted) {
    LocalScene scene;
    scene.io()->fail_each("set the attribute of", E2BIG);
    check(scene);
    return;
  }
  EXPECT_EQ(result, ChildResult::passed);
}

INSTANTIATE_TEST_SUITE_P(Of, LocalFileSystem, ::testing::Values("ext4", "xfs"),
                         [](const auto& info) { return info.param; });

TEST(LocalSystemFaults, a_file_system_that_may_only_be_read) {
  const auto check = [](LocalScene& scene) {
    expect_error(scene.error_of(scene.store().co_store("a/key", "new")), ErrorKind::read_only, scene.path() / "a/key",
                 "mount the file system writable");
    expect_error(scene.error_of(scene.store().co_store("key", "new")), ErrorKind::read_only, scene.path() / "key",
                 "choose another folder");
    EXPECT_EQ(scene.failure(scene.store().co_remove("key", RemoveOptions())), "read_only");
    EXPECT_EQ(scene.get("key"), "bytes") << "it can be read all the same";
  };
  const ChildResult result = run_in_child([&] {
    test::TemporaryFolder folder;
    if (!test::enter_own_mounts() || !test::mount_small_memory(folder.path(), "8M")) return false;
    LocalScene scene(test::LoopKind::own_thread, "", folder.path());
    scene.put("key", "bytes");
    EXPECT_TRUE(scene.settle());
    if (::mount("coffer-test", folder.path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) != 0) return false;
    check(scene);
    return true;
  });
  if (result == ChildResult::not_permitted) {
    LocalScene scene;
    scene.put("key", "bytes");
    for (const char* step : {"open a new file for", "make the folder", "make the lock of"}) {
      scene.io()->fail_each(step, EROFS);
    }
    check(scene);
    return;
  }
  EXPECT_EQ(result, ChildResult::passed);
}

TEST(LocalSystemFaults, a_folder_of_another_user) {
  const ChildResult result = run_in_child([] {
    LocalScene scene;
    scene.put("a/key", "bytes");
    scene.put("a/secret", "not for everybody");
    fs::permissions(scene.path() / "a/secret", fs::perms::none);
    fs::permissions(scene.path() / "a", fs::perms(0555));
    fs::permissions(scene.path(), fs::perms(0555));
    fs::permissions(scene.outside(), fs::perms(0755));
    const bool is_root = ::geteuid() == 0;
    if (is_root && (::setgroups(0, nullptr) != 0 || ::setegid(65534) != 0 || ::seteuid(65534) != 0)) return false;

    expect_error(scene.error_of(scene.store().co_store("a/new", "x")), ErrorKind::permission_denied,
                 scene.path() / "a/new", "check the owner and the mode");
    expect_error(scene.error_of(scene.store().co_store("b/new", "x")), ErrorKind::permission_denied,
                 scene.path() / "b/new", "check the owner and the mode");
    expect_error(scene.error_of(scene.store().co_remove("a/key", RemoveOptions())), ErrorKind::permission_denied,
                 scene.path() / "a/key", "check the owner and the mode");
    expect_error(scene.error_of(scene.store().co_load("a/secret")), ErrorKind::permission_denied,
                 scene.path() / "a/secret", "check the owner and the mode");
    EXPECT_EQ(scene.get("a/key"), "bytes");
    EXPECT_THAT(scene.keys(), ElementsAre("a/key", "a/secret")) << "listed with what its folder tells";

    if (is_root) {
      EXPECT_EQ(::seteuid(0), 0);
    }
    fs::permissions(scene.path(), fs::perms(0755));
    fs::permissions(scene.path() / "a", fs::perms(0755));
    return true;
  });
  // A process may always give up what it has: to be refused it is a failure.
  EXPECT_EQ(result, ChildResult::passed);
}

/// Takes every descriptor that is left.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = 256;
    ::setrlimit(RLIMIT_NOFILE, &few);
    for (int taken = ::open("/dev/null", O_RDONLY | O_CLOEXEC); taken >= 0; taken = ::dup(taken))
      taken_.push_back(taken);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() {
    for (const int taken : taken_) ::close(taken);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

TEST(LocalSystemFaults, no_descriptors_left) {
  const ChildResult result = run_in_child([] {
    LocalScene scene;
    scene.put("a/key", sample_bytes(2 * MiB));
    EXPECT_TRUE(scene.settle());
    {
      const NoDescriptors none;
      expect_error(scene.error_of(scene.store().co_store("a/new", "x")), ErrorKind::out_of_descriptors,
                   scene.path() / "a/new", "ulimit -n");
      expect_error(scene.error_of(scene.store().co_load("a/key")), ErrorKind::out_of_descriptors,
                   scene.path() / "a/key", "ulimit -n");
      EXPECT_EQ(scene.failure(scene.store().co_remove("a/key", RemoveOptions())), "out_of_descriptors");
    }
    EXPECT_THAT(scene.keys(), ElementsAre("a/key"));
    EXPECT_TRUE(scene.get("a/key") == sample_bytes(2 * MiB));
    scene.put("a/new", "x");
    return true;
  });
  EXPECT_EQ(result, ChildResult::passed);
}

}  // namespace
}  // namespace coffer
