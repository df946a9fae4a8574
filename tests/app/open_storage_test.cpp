#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include <coffer/coffer.hpp>
#include <gtest/gtest.h>

#include "support/test_loop.hpp"

namespace coffer {
namespace {

namespace fs = std::filesystem;
using test::LoopKind;
using test::TestLoop;

/// A folder of one test.
class OpenStorage : public testing::Test {
 protected:
  OpenStorage() {
    std::string name = (fs::current_path() / "open-storage-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~OpenStorage() override {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  static Error refusal(const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "nothing was refused";
    return {};
  }

  fs::path folder;
  TestLoop loop{LoopKind::own_thread};
};

Task<std::string> co_store_and_load(Storage& storage) {
  const Stored stored = co_await storage.co_store(std::string("some bytes"));
  std::string loaded = co_await storage.co_load(stored.uri);
  co_return loaded;
}

TEST_F(OpenStorage, a_folder_is_a_store) {
  Storage storage = open_storage(loop.runtime(), StoreConfig((folder / "store").string()));
  EXPECT_EQ(loop.run(co_store_and_load(storage)), "some bytes");
  EXPECT_EQ(storage.providers().active()->root(), Uri::of_file((folder / "store").string()).value());
}

TEST_F(OpenStorage, a_cache_and_the_store_do_not_lie_in_each_other) {
  for (const char* cache : {"store", "store/cache", "."}) {
    const StoreConfig config = StoreConfig((folder / "store").string()).cache_folder(folder / cache);
    EXPECT_EQ(refusal([&] { open_storage(loop.runtime(), config); }).kind(), ErrorKind::invalid_argument) << cache;
  }
  const StoreConfig beside = StoreConfig((folder / "store").string()).cache_folder(folder / "store2");
  Storage storage = open_storage(loop.runtime(), beside);
  EXPECT_EQ(loop.run(co_store_and_load(storage)), "some bytes");
  EXPECT_FALSE(fs::exists(folder / "store2")) << "a store on a disk has no use for it";
}

TEST_F(OpenStorage, a_name_in_memory_is_a_store) {
  Storage storage = open_storage(loop.runtime(), StoreConfig("mem://name"));
  EXPECT_EQ(loop.run(co_store_and_load(storage)), "some bytes");
}

TEST_F(OpenStorage, works_on_a_programs_own_loop) {
  TestLoop attached(LoopKind::attached_to_one_thread);
  Storage storage = open_storage(attached.runtime(), StoreConfig((folder / "store").string()).io_backend("threads"));
  EXPECT_EQ(attached.run(co_store_and_load(storage)), "some bytes");
}

TEST_F(OpenStorage, nothing_is_made_before_the_first_commit) {
  const Storage storage = open_storage(loop.runtime(), StoreConfig((folder / "store").string()));
  EXPECT_FALSE(fs::exists(folder / "store"));
}

TEST_F(OpenStorage, only_files_that_were_named_are_readable_outside_the_store) {
  std::ofstream(folder / "named") << "foreign";
  std::ofstream(folder / "other") << "secret";
  StoreConfig config = StoreConfig((folder / "store").string()).readable(folder / "named");
  Storage storage = open_storage(loop.runtime(), std::move(config));
  const Uri named = Uri::of_file((folder / "named").string()).value();
  const Uri other = Uri::of_file((folder / "other").string()).value();
  EXPECT_EQ(loop.run(storage.co_load(named)), "foreign");
  EXPECT_EQ(refusal([&] { loop.run(storage.co_load(other)); }).kind(), ErrorKind::permission_denied);
  EXPECT_EQ(refusal([&] { loop.run(storage.co_store_at(named, std::string("x"))); }).kind(), ErrorKind::read_only);
}

TEST_F(OpenStorage, an_unknown_backend_is_refused) {
  const Error error =
      refusal([&] { open_storage(loop.runtime(), StoreConfig("mem://name").io_backend("carrier pigeons")); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
}

TEST(StoreRoot, a_folder_is_made_absolute_and_keeps_no_dots) {
  const std::string here = fs::current_path().string();
  EXPECT_EQ(store_root("store")->path(), here + "/store");
  EXPECT_EQ(store_root("./a//b/")->path(), here + "/a/b");
  EXPECT_EQ(store_root("/data/x/../store")->path(), "/data/store");
  EXPECT_EQ(store_root("a b")->raw(), "file://" + percent_encode_path(here) + "/a%20b");
}

TEST(StoreRoot, a_uri_is_one) {
  EXPECT_EQ(store_root("file:///data/store/")->raw(), "file:///data/store");
  EXPECT_EQ(store_root("mem://name")->raw(), "mem://name");
}

TEST(StoreRoot, what_cannot_be_a_store_is_refused) {
  for (const char* text : {"", "/", "file:///", "mem://", "mem://a/b", "file://%zz"}) {
    const Result<Uri> root = store_root(text);
    ASSERT_FALSE(root) << text;
    EXPECT_EQ(root.error().kind(), ErrorKind::invalid_argument) << text;
  }
  EXPECT_EQ(store_root("s3://bucket").error().kind(), ErrorKind::unsupported);
}

TEST(StoreRoot, links_are_followed_only_where_the_way_back_needs_it) {
  std::string name = (fs::current_path() / "store-root-XXXXXX").string();
  const fs::path folder = ::mkdtemp(name.data());
  fs::create_directories(folder / "far/away");
  fs::create_directory_symlink(folder / "far/away", folder / "link");
  EXPECT_EQ(store_root((folder / "link").string())->path(), (folder / "link").string());
  EXPECT_EQ(store_root((folder / "link/../store").string())->path(), (fs::canonical(folder) / "far/store").string());
  fs::remove_all(folder);
}

}  // namespace
}  // namespace coffer
