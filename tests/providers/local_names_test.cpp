#include <filesystem>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "providers/local/file_calls.hpp"
#include "providers/local/folder_names.hpp"
#include "providers/local_scene.hpp"

namespace coffer {
namespace {

namespace fs = std::filesystem;
using test::LocalScene;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(LocalNames, no_symbolic_link_is_followed_listed_replaced_or_removed) {
  LocalScene scene;
  scene.put("real/file", "inside");
  std::ofstream(scene.outside() / "secret") << "outside";
  fs::create_symlink(scene.outside() / "secret", scene.path() / "link");
  fs::create_directory_symlink(scene.outside(), scene.path() / "door");
  fs::create_directory_symlink("real", scene.path() / "alias");

  EXPECT_THAT(scene.keys(), ElementsAre("real/file"));
  for (const char* key : {"link", "door/secret", "alias/file"}) {
    std::optional<Error> error = scene.error_of(scene.store().co_load(key));
    ASSERT_TRUE(error) << key;
    EXPECT_EQ(error->kind(), ErrorKind::unsupported) << key;
    EXPECT_THAT(error->what(), HasSubstr("symbolic link"));
    EXPECT_THAT(error->what(), HasSubstr((scene.path() / key).string()));
    EXPECT_EQ(scene.failure(scene.store().co_store(key, "new")), "unsupported") << key;
    EXPECT_EQ(scene.failure(scene.store().co_remove(key, RemoveOptions())), "unsupported") << key;
  }
  EXPECT_EQ(scene.failure(scene.store().co_remove("", RemoveOptions().recursive())), "");
  EXPECT_TRUE(fs::is_symlink(scene.path() / "link"));
  EXPECT_TRUE(fs::is_symlink(scene.path() / "door"));
  EXPECT_TRUE(fs::exists(scene.outside() / "secret"));
  EXPECT_FALSE(fs::exists(scene.path() / "real"));
}

TEST(LocalNames, the_store_itself_may_lie_behind_a_symbolic_link) {
  LocalScene scene;
  fs::create_directory(scene.outside() / "real");
  fs::create_directory_symlink("real", scene.outside() / "store");
  scene.put("a/b", "bytes");
  EXPECT_EQ(scene.get("a/b"), "bytes");
  EXPECT_TRUE(fs::exists(scene.outside() / "real/a/b"));
}

TEST(LocalNames, pipes_and_sockets_are_no_objects_and_nobody_waits_for_them) {
  LocalScene scene;
  scene.put("file", "bytes");
  ASSERT_EQ(::mkfifo((scene.path() / "fifo").c_str(), 0600), 0);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (scene.path() / "socket").string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(socket);
  EXPECT_THAT(scene.keys(), ElementsAre("file"));
  for (const char* key : {"fifo", "socket"}) {
    EXPECT_EQ(scene.failure(scene.store().co_load(key)), "unsupported") << key;
    EXPECT_EQ(scene.failure(scene.store().co_store(key, "new")), "unsupported") << key;
    EXPECT_EQ(scene.failure(scene.store().co_remove(key, RemoveOptions())), "unsupported") << key;
  }
}

TEST(LocalNames, the_hidden_folder_is_reserved_and_never_shown) {
  LocalScene scene;
  scene.put("key", "one");
  scene.put("key", "two");  // Goes through the hidden folder.
  ASSERT_TRUE(fs::exists(scene.path() / ".coffer/locks"));
  struct stat status{};
  ASSERT_EQ(::stat((scene.path() / ".coffer").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  std::ofstream(scene.path() / ".coffer/file") << "x";
  EXPECT_THAT(scene.keys(), ElementsAre("key"));
  EXPECT_THAT(scene.keys(".coffer/"), IsEmpty());
  EXPECT_EQ(scene.failure(scene.store().co_store(".coffer/file", "x")), "invalid_argument");
  EXPECT_EQ(scene.failure(scene.store().co_load(".coffer/file")), "invalid_argument");
  EXPECT_EQ(scene.failure(scene.store().co_remove(".coffer/", RemoveOptions().recursive())), "");
  EXPECT_TRUE(fs::exists(scene.path() / ".coffer/file"));
  scene.run(scene.store().co_remove("", RemoveOptions().recursive()));
  EXPECT_TRUE(fs::exists(scene.path() / ".coffer/file"));
  EXPECT_TRUE(fs::exists(scene.path())) << "the store's own folder stays";
}

TEST(LocalNames, nothing_is_made_before_the_first_store) {
  LocalScene scene;
  EXPECT_FALSE(scene.head("a/b"));
  EXPECT_THAT(scene.keys(), IsEmpty());
  scene.run(scene.store().co_remove("a/b", RemoveOptions()));
  scene.run(scene.store().co_remove("", RemoveOptions().recursive()));
  EXPECT_FALSE(fs::exists(scene.path()));
  scene.put("a/b", "bytes");
  EXPECT_TRUE(fs::exists(scene.path() / "a/b"));
  EXPECT_FALSE(fs::exists(scene.path() / ".coffer")) << "not needed for a new name";
}

TEST(LocalNames, a_store_that_was_removed_and_made_again_is_the_new_one) {
  LocalScene scene;
  scene.put("a/old", "old");
  fs::remove_all(scene.path());
  EXPECT_FALSE(scene.head("a/old"));
  EXPECT_THAT(scene.keys(), IsEmpty());
  fs::create_directories(scene.path() / "a");
  std::ofstream(scene.path() / "a/other") << "another program's";
  EXPECT_EQ(scene.get("a/other"), "another program's");
  fs::remove_all(scene.path());
  scene.put("a/new", "new");
  EXPECT_THAT(scene.keys(), ElementsAre("a/new"));
}

TEST(LocalNames, modes_are_those_of_any_program) {
  const mode_t before = ::umask(027);
  LocalScene scene;
  scene.put("folder/file", "bytes");
  scene.put("folder/file", "again");
  ::umask(before);
  struct stat status{};
  ASSERT_EQ(::stat((scene.path() / "folder/file").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
  ASSERT_EQ(::stat((scene.path() / "folder").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0750U);
}

TEST(LocalNames, a_file_and_a_folder_of_one_name_are_a_conflict) {
  LocalScene scene;
  scene.put("a", "file");
  scene.put("b/c", "below");
  for (const char* key : {"a/x", "a/x/y", "b"}) {
    const std::optional<Error> error = scene.error_of(scene.store().co_create(key, WriteOptions()));
    ASSERT_TRUE(error) << key << " is refused before anything is written";
    EXPECT_EQ(error->kind(), ErrorKind::conflict) << error->what();
  }
  EXPECT_FALSE(scene.head("b")) << "a folder is no object";
  EXPECT_EQ(scene.failure(scene.store().co_load("a/x")), "not_found");
}

TEST(LocalNames, an_empty_folder_is_in_nobodys_way) {
  LocalScene scene;
  scene.put("x", "makes the store");
  fs::create_directories(scene.path() / "a/b");
  EXPECT_THAT(scene.keys("", ListOptions().recursive(false)), ElementsAre("x"));
  EXPECT_EQ(scene.failure(scene.store().co_store("a", "bytes")), "conflict") << "it holds a folder";
  fs::remove(scene.path() / "a/b");
  scene.put("a", "bytes");
  EXPECT_EQ(scene.get("a"), "bytes");
}

TEST(LocalNames, removing_what_is_gone_ends_a_removal_that_was_killed_before_its_folder_went) {
  LocalScene scene;
  scene.put("x", "makes the store");
  scene.put("full/x", "stays");
  fs::create_directories(scene.path() / "a/b");
  scene.run(scene.store().co_remove("full/gone", RemoveOptions()));
  scene.run(scene.store().co_remove("a/b/gone", RemoveOptions()));
  EXPECT_FALSE(fs::exists(scene.path() / "a"));
  fs::create_directories(scene.path() / "a");
  EXPECT_EQ(scene.failure(scene.store().co_remove("a/gone", RemoveOptions().if_etag("e"))), "precondition_failed");
  EXPECT_FALSE(fs::exists(scene.path() / "a"));
  EXPECT_THAT(scene.keys(), ElementsAre("full/x", "x"));
}

TEST(LocalNames, keys_come_in_byte_order_whatever_folders_they_lie_in) {
  LocalScene scene;
  for (const char* key : {"ab", "a/b", "a-b", "a/b-c", "a/bc/d", "a.b", "a/b.d/e", "A", "z\xff"}) scene.put(key, "x");
  EXPECT_THAT(scene.keys(), ElementsAre("A", "a-b", "a.b", "a/b", "a/b-c", "a/b.d/e", "a/bc/d", "ab", "z\xff"));
  EXPECT_THAT(scene.keys("a/b"), ElementsAre("a/b", "a/b-c", "a/b.d/e", "a/bc/d"));
  EXPECT_THAT(scene.keys("a/b", ListOptions().recursive(false)), ElementsAre("a/b", "a/b-c", "a/b.d/", "a/bc/"));
  EXPECT_THAT(scene.keys("", ListOptions().after("a/b.d/e")), ElementsAre("a/bc/d", "ab", "z\xff"));
  EXPECT_THAT(scene.keys("a/", ListOptions().after("ab")), IsEmpty());
  EXPECT_THAT(scene.keys("a/", ListOptions().after("A").page_size(1)),
              ElementsAre("a/b", "a/b-c", "a/b.d/e", "a/bc/d"));
}

TEST(FolderNames, a_large_folder_is_read_in_parts) {
  test::TemporaryFolder folder;
  for (int i = 0; i < 100; ++i) {
    const std::string name = std::to_string(1000 + i * 7 % 100);
    if (i % 10 == 0) {
      fs::create_directory(folder.path() / name);
    } else {
      std::ofstream(folder.path() / name) << "x";
    }
  }
  const Descriptor root(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  NameQuery query;
  query.most = 7;
  std::vector<FolderName> all;
  NamePart part;
  do {
    ASSERT_EQ(read_names(root.number(), "", query, part), 0);
    ASSERT_LE(part.names.size(), query.most);
    ASSERT_FALSE(part.names.empty() && part.more);
    all.insert(all.end(), part.names.begin(), part.names.end());
    if (!part.names.empty()) query.past = part.names.back().in_key();
  } while (part.more);
  ASSERT_EQ(all.size(), 100U);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].name, std::to_string(1000 + i));
}

TEST(OpenBeneath, the_walk_by_segments_refuses_what_openat2_refuses) {
  test::TemporaryFolder folder;
  fs::create_directories(folder.path() / "a/b");
  std::ofstream(folder.path() / "a/b/file") << "x";
  fs::create_directory_symlink("a", folder.path() / "link");
  fs::create_symlink("a/b/file", folder.path() / "end");
  const Descriptor root(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (const auto& open : {open_beneath, open_beneath_by_segments}) {
    EXPECT_GE(Descriptor(open(root.number(), "a/b/file", O_RDONLY, 0)).number(), 0);
    EXPECT_GE(Descriptor(open(root.number(), "", O_RDONLY | O_DIRECTORY, 0)).number(), 0);
    EXPECT_EQ(open(root.number(), "link/b/file", O_RDONLY, 0), -ELOOP);
    EXPECT_EQ(open(root.number(), "end", O_RDONLY, 0), -ELOOP);
    EXPECT_EQ(open(root.number(), "a/b/file/x", O_RDONLY, 0), -ENOTDIR);
    EXPECT_EQ(open(root.number(), "a/none/x", O_RDONLY, 0), -ENOENT);
    EXPECT_EQ(open(root.number(), "..", O_RDONLY | O_DIRECTORY, 0), -EXDEV);
    EXPECT_EQ(open(root.number(), "a/../../" + folder.path().filename().string(), O_RDONLY, 0), -EXDEV);
    EXPECT_EQ(open(root.number(), folder.path().string(), O_RDONLY, 0), -EXDEV);
  }
}

}  // namespace
}  // namespace coffer
