#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "providers/local_scene.hpp"
#include "support/every_failure.hpp"

namespace coffer {
namespace {

namespace fs = std::filesystem;
using test::FailingVerb;
using test::LocalScene;
using test::MiB;
using test::sample_bytes;

/// Where the scene's loop runs, through which backend, by which recipe.
struct Setting {
  std::string name;
  test::LoopKind loop;
  std::string backend;
  bool unnamed;
};

std::vector<Setting> settings() {
  return {{"uring_own_thread", test::LoopKind::own_thread, "uring", true},
          {"threads_attached", test::LoopKind::attached_to_three_threads, "threads", true},
          {"uring_temporary_names", test::LoopKind::attached_to_one_thread, "uring", false},
          {"threads_temporary_names", test::LoopKind::two_own_threads, "threads", false}};
}

// Larger than what goes in one block, and no multiple of anything.
const std::string& old_bytes() {
  static const std::string bytes = sample_bytes(MiB + 5000, 1);
  return bytes;
}
const std::string& new_bytes() {
  static const std::string bytes = sample_bytes(2 * MiB + 300, 2);
  return bytes;
}

class LocalEveryFailure : public ::testing::TestWithParam<Setting> {
 protected:
  static std::unique_ptr<LocalScene> make_scene() {
    const Setting& setting = GetParam();
    auto scene = std::make_unique<LocalScene>(setting.loop, setting.backend);
    scene->open(LocalConfig(scene->path()).unnamed_files(setting.unnamed));
    return scene;
  }
  static void fail_each_step(const FailingVerb<LocalScene>& verb) {
    test::fail_each_step_once<LocalScene>(verb, make_scene);
  }

  /// The store as another process sees it: `key` is absent, or whole with one of these contents; nothing else is there.
  static std::string content(LocalScene& scene, const std::string& key) {
    scene.open();
    EXPECT_THAT(scene.leftovers(), ::testing::IsEmpty());
    const std::optional<ObjectInfo> head = scene.head(key);
    if (!head) return "absent";
    EXPECT_EQ(head->integrity, Integrity::verified_on_read);
    const std::string bytes = scene.get(key);
    if (bytes == old_bytes()) return "old";
    return bytes == new_bytes() ? "new" : "other";
  }
  static void nothing(LocalScene&) {}
};

bool is_unknown(const std::optional<Error>& error) { return error && error->kind() == ErrorKind::outcome_unknown; }

TEST_P(LocalEveryFailure, store) {
  FailingVerb<LocalScene> verb;
  verb.name = "store";
  verb.prepare = nothing;
  verb.perform = [](LocalScene& scene) { scene.put("a/b/key", new_bytes(), WriteOptions().size(new_bytes().size())); };
  verb.check = [](LocalScene& scene, const std::optional<Error>& error) {
    const std::string there = content(scene, "a/b/key");
    if (error && !is_unknown(error)) {
      EXPECT_EQ(there, "absent");
      EXPECT_FALSE(fs::exists(scene.path() / "a")) << "folders that were made for it are left";
    } else {
      EXPECT_EQ(there, "new");
    }
  };
  fail_each_step(verb);
}

TEST_P(LocalEveryFailure, store_if_absent) {
  FailingVerb<LocalScene> verb;
  verb.name = "store if_absent, the object is there";
  verb.prepare = [](LocalScene& scene) { scene.put("key", old_bytes()); };
  verb.perform = [](LocalScene& scene) {
    scene.failure(scene.store().co_store("key", new_bytes(), WriteOptions().if_absent()));
  };
  verb.check = [](LocalScene& scene, const std::optional<Error>&) { EXPECT_EQ(content(scene, "key"), "old"); };
  fail_each_step(verb);
}

TEST_P(LocalEveryFailure, replace) {
  FailingVerb<LocalScene> verb;
  verb.name = "replace";
  verb.prepare = [](LocalScene& scene) { scene.put("a/key", old_bytes()); };
  verb.perform = [](LocalScene& scene) { scene.put("a/key", new_bytes()); };
  verb.check = [](LocalScene& scene, const std::optional<Error>& error) {
    EXPECT_EQ(content(scene, "a/key"), error && !is_unknown(error) ? "old" : "new");
  };
  fail_each_step(verb);
}

TEST_P(LocalEveryFailure, replace_if_etag) {
  FailingVerb<LocalScene> verb;
  verb.name = "replace if_etag";
  auto etag = std::make_shared<std::string>();
  verb.prepare = [etag](LocalScene& scene) { *etag = scene.put("key", old_bytes()).etag; };
  verb.perform = [etag](LocalScene& scene) { scene.put("key", new_bytes(), WriteOptions().if_etag(*etag)); };
  verb.check = [](LocalScene& scene, const std::optional<Error>& error) {
    EXPECT_EQ(content(scene, "key"), error && !is_unknown(error) ? "old" : "new");
  };
  fail_each_step(verb);
}

TEST_P(LocalEveryFailure, read) {
  FailingVerb<LocalScene> verb;
  verb.name = "read";
  verb.prepare = [](LocalScene& scene) { scene.put("a/key", new_bytes()); };
  auto bytes = std::make_shared<std::string>();
  verb.perform = [bytes](LocalScene& scene) {
    bytes->clear();
    *bytes = scene.get("a/key");
  };
  verb.check = [bytes](LocalScene& scene, const std::optional<Error>& error) {
    EXPECT_EQ(error.has_value(), bytes->empty());
    if (!error) {
      EXPECT_TRUE(*bytes == new_bytes());
    }
    EXPECT_EQ(content(scene, "a/key"), "new");
  };
  fail_each_step(verb);
}

Task<> co_read_at_random(StorageProvider& store) {
  const ObjectPtr object = co_await store.co_object("key", ReadOptions());
  std::vector<ByteRange> ranges;
  for (std::uint64_t at = 0; at < 20; ++at) ranges.push_back(ByteRange::of(at * 100'000, 1000));
  const std::vector<Chunk> chunks = co_await object->co_read_ranges(ranges);
  for (std::size_t i = 0; i < ranges.size(); ++i)
    EXPECT_TRUE(chunks[i].text() == new_bytes().substr(i * 100'000, 1000));
}

TEST_P(LocalEveryFailure, random_access) {
  FailingVerb<LocalScene> verb;
  verb.name = "random access";
  verb.prepare = [](LocalScene& scene) { scene.put("key", new_bytes()); };
  verb.perform = [](LocalScene& scene) { scene.run(co_read_at_random(scene.store())); };
  verb.check = [](LocalScene& scene, const std::optional<Error>&) { EXPECT_EQ(content(scene, "key"), "new"); };
  fail_each_step(verb);
}

TEST_P(LocalEveryFailure, head) {
  FailingVerb<LocalScene> verb;
  verb.name = "head";
  verb.prepare = [](LocalScene& scene) {
    scene.put("key", old_bytes());
    scene.open(LocalConfig(scene.path()));
  };
  verb.perform = [](LocalScene& scene) { EXPECT_TRUE(scene.head("key")) << "a failure is not an absence"; };
  verb.check = [](LocalScene& scene, const std::optional<Error>&) { EXPECT_EQ(content(scene, "key"), "old"); };
  fail_each_step(verb);
}

TEST_P(LocalEveryFailure, list) {
  FailingVerb<LocalScene> verb;
  verb.name = "list";
  verb.prepare = [](LocalScene& scene) {
    for (const char* key : {"a", "b/c", "b/d/e", "f"}) scene.put(key, "x");
  };
  verb.perform = [](LocalScene& scene) {
    EXPECT_THAT(scene.keys(), ::testing::ElementsAre("a", "b/c", "b/d/e", "f"))
        << "a name is missing, and nobody was told";
    EXPECT_THAT(scene.keys("", ListOptions().recursive(false)), ::testing::ElementsAre("a", "b/", "f"));
  };
  verb.check = [](LocalScene&, const std::optional<Error>&) {};
  fail_each_step(verb);
}

TEST_P(LocalEveryFailure, a_listing_that_failed_never_goes_on_with_names_missing) {
  const std::unique_ptr<LocalScene> scene = make_scene();
  const std::vector<std::string> names = {"a", "b/c", "b/d/e", "f"};
  for (const std::string& name : names) scene->put(name, "x");
  std::size_t failures = 0;
  for (bool failed = true; std::exchange(failed, false); ++failures) {
    const ListerPtr lister = scene->run(scene->store().co_list("", ListOptions().page_size(1)));
    scene->io()->fail_after(failures, EIO);
    std::vector<std::string> seen;
    for (;;) {
      std::vector<ListEntry> page;
      const std::optional<Error> error = scene->error_of(
          [](Lister& from, std::vector<ListEntry>& to) -> Task<> { to = co_await from.co_next(); }(*lister, page));
      if (error && failed) {
        EXPECT_EQ(error->kind(), ErrorKind::invalid_argument) << error->what();
        break;
      }
      failed = failed || error;
      if (!error && page.empty()) break;
      for (const ListEntry& entry : page) seen.push_back(entry.key);
    }
    if (!failed) {
      EXPECT_EQ(seen, names);
    }
  }
  EXPECT_GT(failures, names.size());
}

TEST_P(LocalEveryFailure, remove) {
  FailingVerb<LocalScene> verb;
  verb.name = "remove";
  verb.prepare = [](LocalScene& scene) { scene.put("a/b/key", old_bytes()); };
  verb.perform = [](LocalScene& scene) { scene.run(scene.store().co_remove("a/b/key", RemoveOptions())); };
  verb.check = [](LocalScene& scene, const std::optional<Error>& error) {
    if (!error) {
      EXPECT_EQ(content(scene, "a/b/key"), "absent");
    }
    scene.open();
    scene.run(scene.store().co_remove("a/b/key", RemoveOptions()));
    EXPECT_EQ(content(scene, "a/b/key"), "absent") << "it can be removed again";
  };
  fail_each_step(verb);
}

TEST_P(LocalEveryFailure, remove_recursively) {
  FailingVerb<LocalScene> verb;
  verb.name = "remove recursively";
  verb.prepare = [](LocalScene& scene) {
    for (const char* key : {"a/b/1", "a/b/2", "a/3", "ab"}) scene.put(key, "x");
  };
  verb.perform = [](LocalScene& scene) { scene.run(scene.store().co_remove("a/", RemoveOptions().recursive())); };
  verb.check = [](LocalScene& scene, const std::optional<Error>& error) {
    scene.open();
    if (!error) {
      EXPECT_THAT(scene.keys(), ::testing::ElementsAre("ab"));
    }
    scene.run(scene.store().co_remove("a/", RemoveOptions().recursive()));
    EXPECT_THAT(scene.keys(), ::testing::ElementsAre("ab"));
  };
  fail_each_step(verb);
}

TEST_P(LocalEveryFailure, copy) {
  FailingVerb<LocalScene> verb;
  verb.name = "copy";
  verb.prepare = [](LocalScene& scene) { scene.put("from", new_bytes()); };
  verb.perform = [](LocalScene& scene) { scene.run(scene.store().co_copy("from", "a/to", WriteOptions())); };
  verb.check = [](LocalScene& scene, const std::optional<Error>& error) {
    EXPECT_EQ(content(scene, "a/to"), error && !is_unknown(error) ? "absent" : "new");
    EXPECT_EQ(content(scene, "from"), "new");
  };
  fail_each_step(verb);
}

Task<> co_write_file(LocalScene& scene) {
  const SinkPtr sink = co_await co_create_file(scene.runtime(), scene.io(), scene.outside() / "target", WriteOptions());
  auto owner = std::make_shared<const std::string>(new_bytes());
  Chunk chunk(owner, std::as_bytes(std::span(owner->data(), owner->size())));
  co_await sink->co_write(std::move(chunk));
  co_await sink->co_commit();
}

TEST_P(LocalEveryFailure, write_a_plain_file) {
  FailingVerb<LocalScene> verb;
  verb.name = "write a plain file";
  verb.prepare = nothing;
  verb.perform = [](LocalScene& scene) { scene.run(co_write_file(scene)); };
  verb.check = [](LocalScene& scene, const std::optional<Error>&) {
    for (const auto& entry : fs::directory_iterator(scene.outside())) {
      EXPECT_EQ(entry.path().filename(), "target");
      EXPECT_EQ(entry.file_size(), new_bytes().size());
    }
  };
  fail_each_step(verb);
}

TEST_P(LocalEveryFailure, collect_leftovers) {
  FailingVerb<LocalScene> verb;
  verb.name = "collect leftovers";
  verb.prepare = [](LocalScene& scene) {
    fs::create_directories(scene.path() / ".coffer/tmp");
    for (const char* name : {"1", "2"}) fs::copy_file("/proc/self/status", scene.path() / ".coffer/tmp" / name);
  };
  verb.perform = [](LocalScene& scene) { EXPECT_EQ(scene.leftovers(false).size(), 2U); };
  verb.check = [](LocalScene& scene, const std::optional<Error>&) {
    scene.leftovers(false);
    EXPECT_TRUE(fs::is_empty(scene.path() / ".coffer/tmp"));
  };
  fail_each_step(verb);
}

INSTANTIATE_TEST_SUITE_P(On, LocalEveryFailure, ::testing::ValuesIn(settings()),
                         [](const auto& info) { return info.param.name; });

TEST(LocalCommits, after_a_failed_flush_of_a_folder_nothing_is_acknowledged_until_the_store_is_opened_again) {
  LocalScene scene;
  scene.put("before", "x");
  scene.io()->fail_each("fsync", EIO);
  const std::optional<Error> first = scene.error_of(scene.store().co_store("first", "x"));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->kind(), ErrorKind::outcome_unknown);
  scene.io()->heal();
  const std::optional<Error> later = scene.error_of(scene.store().co_store("later", "x"));
  ASSERT_TRUE(later) << "the kernel tells of a failed flush once";
  EXPECT_EQ(later->kind(), ErrorKind::io);
  EXPECT_FALSE(scene.head("later"));
  EXPECT_EQ(scene.get("before"), "x") << "it can still be read";
  scene.open();
  scene.put("later", "x");
}

}  // namespace
}  // namespace coffer
