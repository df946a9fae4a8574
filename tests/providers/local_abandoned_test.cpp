#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "providers/local_scene.hpp"
#include "support/every_failure.hpp"

namespace coffer {
namespace {

namespace fs = std::filesystem;
using test::MiB;
using test::sample_bytes;

const std::string& bytes() {
  static const std::string all = sample_bytes(3 * MiB + 17);
  return all;
}

Task<> co_store_and_read(StorageProvider& store) {
  co_await store.co_store("a/new", bytes());
  co_await store.co_store("there", bytes());  // Replaces.
  co_await store.co_load("there");
  co_await store.co_copy("there", "a/copy", WriteOptions());
  co_await store.co_remove("a/", RemoveOptions().recursive());
}

struct LoopSetting {
  std::string name;
  std::string backend;
  bool unnamed;
};

class AbandonedLoop : public ::testing::TestWithParam<LoopSetting> {
 protected:
  /// A program's loop goes after so many of its turns, with whatever is in flight. False where all was done before.
  static bool abandon_after(std::size_t turns, const fs::path& folder) {
    auto loop = std::make_unique<boost::asio::io_context>();
    Runtime runtime(*loop);
    LocalConfig config = LocalConfig(folder).unnamed_files(GetParam().unnamed);
    const ProviderPtr store =
        make_local_provider(runtime, make_io_backend(runtime, GetParam().backend), std::move(config));
    bool ended = false;
    boost::asio::co_spawn(*loop, co_store_and_read(*store), [&ended](const std::exception_ptr& error) {
      ended = true;
      EXPECT_FALSE(error);
    });
    for (std::size_t turn = 0; turn < turns && !ended; ++turn) loop->run_one_for(std::chrono::seconds(60));
    loop.reset();
    return !ended;
  }

  /// Every object is whole, and no writer's file is left in the hidden folder.
  static void check(const fs::path& folder) {
    test::TestLoop loop(test::LoopKind::own_thread);
    const auto io = make_io_backend(loop.runtime());
    const ProviderPtr store = make_local_provider(loop.runtime(), io, LocalConfig(folder));
    EXPECT_TRUE(loop.run(store->co_load("there")) == bytes());
    for (const char* key : {"a/new", "a/copy"}) {
      if (!loop.run(store->co_head(key))) continue;
      EXPECT_TRUE(loop.run(store->co_load(key)) == bytes());
    }
    const fs::path hidden = folder / ".coffer/tmp";
    EXPECT_TRUE(!fs::exists(hidden) || fs::is_empty(hidden));
  }
};

TEST_P(AbandonedLoop, leaves_nothing_open_and_nothing_half_stored) {
  std::size_t abandoned = 0;
  for (std::size_t turns = 0;; turns += 1 + turns / 20) {
    test::TemporaryFolder folder;
    {
      test::TestLoop loop(test::LoopKind::own_thread);
      const ProviderPtr store =
          make_local_provider(loop.runtime(), make_io_backend(loop.runtime()), LocalConfig(folder.path() / "store"));
      loop.run(store->co_store("there", bytes()));
    }
    SCOPED_TRACE("after " + std::to_string(turns) + " turns");
    const std::size_t descriptors = test::open_descriptors();
    const bool more = abandon_after(turns, folder.path() / "store");
    EXPECT_EQ(test::open_descriptors(), descriptors);
    check(folder.path() / "store");
    if (!more) break;
    ++abandoned;
  }
  EXPECT_GT(abandoned, 10U);
}

INSTANTIATE_TEST_SUITE_P(On, AbandonedLoop,
                         ::testing::Values(LoopSetting{"uring", "uring", true}, LoopSetting{"threads", "threads", true},
                                           LoopSetting{"uring_temporary_names", "uring", false}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace coffer
