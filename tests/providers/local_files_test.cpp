#include <filesystem>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "providers/local/file_calls.hpp"
#include "providers/local_scene.hpp"

namespace coffer {
namespace {

namespace fs = std::filesystem;
using test::LocalScene;
using test::MiB;
using test::sample_bytes;
using test::text_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

Chunk chunk_of(const std::string& text) {
  auto owner = std::make_shared<const std::string>(text);
  return {owner, std::as_bytes(std::span(owner->data(), owner->size()))};
}

Task<Stored> co_put_file(Runtime& runtime, std::shared_ptr<IoBackend> io, fs::path path, std::string bytes,
                         WriteOptions options) {
  const SinkPtr sink = co_await co_create_file(runtime, std::move(io), std::move(path), std::move(options));
  Chunk chunk = chunk_of(bytes);
  co_await sink->co_write(std::move(chunk));
  co_return co_await sink->co_commit();
}

class FileTarget : public ::testing::TestWithParam<bool> {
 protected:
  FileTarget() {
    // The recipe for file systems without unnamed files.
    if (!GetParam()) scene_.io()->fail_each("open a new file for", EOPNOTSUPP);
  }
  Task<Stored> co_put(const std::string& name, std::string bytes, WriteOptions options = {}) {
    return co_put_file(scene_.runtime(), scene_.io(), scene_.outside() / name, std::move(bytes), std::move(options));
  }
  std::vector<std::string> names() {
    EXPECT_TRUE(scene_.settle());
    return names_in(scene_.outside());
  }
  LocalScene scene_;
};

TEST_P(FileTarget, a_file_appears_whole_at_its_commit) {
  const std::string bytes = sample_bytes(2 * MiB + 17);
  SinkPtr sink = scene_.run(
      co_create_file(scene_.runtime(), scene_.io(), scene_.outside() / "film.mp4", WriteOptions().size(bytes.size())));
  scene_.run(sink->co_write(chunk_of(bytes)));
  EXPECT_FALSE(fs::exists(scene_.outside() / "film.mp4"));
  const Stored stored = scene_.run(sink->co_commit());
  EXPECT_EQ(stored.uri.path(), (scene_.outside() / "film.mp4").string());
  EXPECT_EQ(stored.size, bytes.size());
  EXPECT_EQ(stored.content_type, "video/mp4");
  EXPECT_TRUE(text_of(scene_.outside() / "film.mp4") == bytes);
  EXPECT_EQ(::getxattr((scene_.outside() / "film.mp4").c_str(), "user.coffer", nullptr, 0), -1) << "a plain file";
  EXPECT_THAT(names(), ElementsAre("film.mp4")) << "no hidden folder, nothing temporary";
}

TEST_P(FileTarget, a_sink_that_is_dropped_leaves_nothing) {
  SinkPtr sink = scene_.run(co_create_file(scene_.runtime(), scene_.io(), scene_.outside() / "film", WriteOptions()));
  scene_.run(sink->co_write(chunk_of(sample_bytes(3 * MiB))));
  sink.reset();
  EXPECT_THAT(names(), IsEmpty());
}

TEST_P(FileTarget, a_file_that_is_there_is_replaced_or_kept_as_asked) {
  std::ofstream(scene_.outside() / "file") << "old";
  EXPECT_EQ(scene_.failure(co_put("file", "new", WriteOptions().if_absent())), "already_exists");
  EXPECT_EQ(text_of(scene_.outside() / "file"), "old");
  scene_.run(co_put("file", "new"));
  EXPECT_EQ(text_of(scene_.outside() / "file"), "new");
  EXPECT_THAT(names(), ElementsAre("file"));
}

TEST_P(FileTarget, a_name_may_be_as_long_as_the_file_system_allows) {
  const std::string name(255, 'n');
  scene_.run(co_put(name, "old"));
  scene_.run(co_put(name, "new"));
  EXPECT_EQ(text_of(scene_.outside() / name), "new");
  EXPECT_THAT(names(), ElementsAre(name));
}

TEST_P(FileTarget, what_is_written_through_a_symbolic_link_goes_where_it_leads) {
  fs::create_directory(scene_.outside() / "real");
  std::ofstream(scene_.outside() / "real/file") << "old";
  fs::create_symlink("real/file", scene_.outside() / "link");
  scene_.run(co_put("link", "new"));
  EXPECT_TRUE(fs::is_symlink(scene_.outside() / "link"));
  EXPECT_EQ(text_of(scene_.outside() / "real/file"), "new");
}

TEST_P(FileTarget, a_symbolic_link_may_lead_to_a_file_that_is_not_there_yet) {
  fs::create_directory(scene_.outside() / "real");
  fs::create_symlink("real/file", scene_.outside() / "link");
  fs::create_symlink(scene_.outside() / "link", scene_.outside() / "link of link");
  scene_.run(co_put("link of link", "new", WriteOptions().if_absent()));
  EXPECT_TRUE(fs::is_symlink(scene_.outside() / "link"));
  EXPECT_EQ(text_of(scene_.outside() / "real/file"), "new");
  EXPECT_EQ(scene_.failure(co_put("link of link", "newer", WriteOptions().if_absent())), "already_exists");
  EXPECT_TRUE(scene_.settle());
  EXPECT_THAT(names_in(scene_.outside() / "real"), ElementsAre("file"));

  fs::create_symlink("none/file", scene_.outside() / "astray");
  EXPECT_EQ(scene_.failure(co_put("astray", "x")), "not_found");
  fs::create_symlink("round", scene_.outside() / "round");
  EXPECT_EQ(scene_.failure(co_put("round", "x")), "invalid_argument");
}

TEST_P(FileTarget, what_cannot_be_a_target_is_refused_at_once) {
  fs::create_directory(scene_.outside() / "folder");
  ASSERT_EQ(::mkfifo((scene_.outside() / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(scene_.failure(co_put("folder", "x")), "invalid_argument");
  EXPECT_EQ(scene_.failure(co_put("fifo", "x")), "unsupported");
  EXPECT_EQ(scene_.failure(co_put("none/file", "x")), "not_found");
  EXPECT_EQ(scene_.failure(co_put("file", "x", WriteOptions().if_etag("e"))), "unsupported");
  EXPECT_EQ(scene_.failure(co_create_file(scene_.runtime(), scene_.io(), "relative", WriteOptions())),
            "invalid_argument");
  EXPECT_THAT(names(), ElementsAre("fifo", "folder"));
}

INSTANTIATE_TEST_SUITE_P(Recipes, FileTarget, ::testing::Values(true, false), [](const auto& info) {
  return info.param ? std::string("unnamed") : std::string("temporary_name");
});

class ForeignFiles : public ::testing::Test {
 protected:
  ForeignFiles() {
    fs::create_directories(scene_.outside() / "open/below");
    fs::create_directories(scene_.outside() / "closed");
    std::ofstream(scene_.outside() / "open/film.mp4") << "film";
    std::ofstream(scene_.outside() / "open/below/text.txt") << "text";
    std::ofstream(scene_.outside() / "closed/secret") << "secret";
    std::ofstream(scene_.outside() / "one") << "one";
    fs::create_symlink("one", scene_.outside() / "link");
    std::vector<fs::path> roots;
    for (const char* root : {"open", "one", "link"}) roots.push_back(scene_.outside() / root);
    files_ = make_foreign_files(scene_.runtime(), scene_.io(), roots);
  }
  std::string key(const std::string& name) const { return (scene_.outside() / name).string().substr(1); }
  std::string load(const std::string& name) { return scene_.run(files_->co_load(key(name))); }
  std::string failure(const std::string& name) { return scene_.failure(files_->co_load(key(name))); }

  LocalScene scene_;
  ProviderPtr files_;
};

TEST_F(ForeignFiles, files_that_a_user_named_are_read) {
  EXPECT_EQ(load("open/film.mp4"), "film");
  EXPECT_EQ(load("open/below/text.txt"), "text");
  EXPECT_EQ(load("one"), "one");
  EXPECT_EQ(load("link"), "one") << "the user named it";
  const std::optional<ObjectInfo> head = scene_.run(files_->co_head(key("open/film.mp4")));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->content_type, "video/mp4");
  EXPECT_EQ(head->integrity, Integrity::unverified);
  EXPECT_EQ(head->uri.text(), "file://" + (scene_.outside() / "open/film.mp4").string());
  const ObjectPtr object = scene_.run(files_->co_object(key("open/film.mp4"), ReadOptions()));
  EXPECT_EQ(scene_.run(object->co_read_at(ByteRange::of(1, 2))).text(), "il");
  EXPECT_FALSE(scene_.run(files_->co_head(key("open/none"))));
  EXPECT_EQ(failure("open/none"), "not_found");
}

TEST_F(ForeignFiles, nothing_else_is_read) {
  fs::create_symlink(scene_.outside() / "closed/secret", scene_.outside() / "open/link");
  fs::create_symlink("film.mp4", scene_.outside() / "open/inside");
  EXPECT_EQ(failure("closed/secret"), "permission_denied");
  EXPECT_EQ(failure("open/../closed/secret"), "permission_denied") << "it leads out of what was named";
  EXPECT_EQ(failure("open/link"), "unsupported");
  EXPECT_EQ(failure("open/inside"), "unsupported") << "links below a named folder are not the user's word";
  EXPECT_EQ(failure("opened"), "permission_denied") << "another name that begins like a root";
  EXPECT_EQ(failure("one/more"), "not_found");
}

TEST_F(ForeignFiles, nothing_is_written_listed_or_removed) {
  EXPECT_FALSE(files_->capabilities().writable);
  EXPECT_EQ(scene_.failure(files_->co_store(key("open/new"), "x")), "read_only");
  EXPECT_EQ(scene_.failure(files_->co_remove(key("open/film.mp4"), RemoveOptions())), "read_only");
  EXPECT_EQ(scene_.failure(files_->co_remove("", RemoveOptions().recursive())), "read_only");
  EXPECT_EQ(scene_.failure(files_->co_list("", ListOptions())), "unsupported");
  EXPECT_TRUE(fs::exists(scene_.outside() / "open/film.mp4"));
}

TEST(Leftovers, what_a_living_writer_holds_is_left_alone) {
  LocalScene scene;
  scene.open(LocalConfig(scene.path()).unnamed_files(false));
  SinkPtr living = scene.run(scene.store().co_create("key", WriteOptions()));
  scene.run(living->co_write(chunk_of(sample_bytes(2 * MiB))));
  EXPECT_THAT(names_in(scene.path() / ".coffer/tmp"), ::testing::SizeIs(1));
  EXPECT_THAT(scene.leftovers(false), IsEmpty());
  scene.run(living->co_commit());
  EXPECT_EQ(scene.get("key").size(), 2 * MiB);

  living = scene.run(scene.store().co_create("other", WriteOptions()));
  living.reset();
  EXPECT_TRUE(scene.settle());
  EXPECT_THAT(names_in(scene.path() / ".coffer/tmp"), IsEmpty()) << "a writer that was dropped cleans up itself";
}

TEST(Leftovers, what_nobody_holds_is_found_and_removed) {
  LocalScene scene;
  EXPECT_THAT(scene.leftovers(), IsEmpty()) << "no store yet";
  scene.put("key", "bytes");
  EXPECT_THAT(scene.leftovers(), IsEmpty()) << "no hidden folder yet";
  fs::create_directories(scene.path() / ".coffer/tmp");
  const fs::path left = scene.path() / ".coffer/tmp/0123";
  std::ofstream(left) << "12345";

  std::vector<Leftover> found = scene.leftovers(true);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].path, left);
  EXPECT_EQ(found[0].bytes, 5U);
  EXPECT_TRUE(fs::exists(left)) << "only looked at";
  EXPECT_THAT(scene.run(co_collect_leftovers(scene.runtime(), scene.io(), scene.path(), std::chrono::hours(1), false)),
              IsEmpty())
      << "not old enough";
  EXPECT_EQ(scene.leftovers(false).size(), 1U);
  EXPECT_FALSE(fs::exists(left));
  EXPECT_EQ(scene.get("key"), "bytes");
}

}  // namespace
}  // namespace coffer
