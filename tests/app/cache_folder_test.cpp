#include "app/cache_folder.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <coffer/base/literals.hpp>
#include <coffer/coffer.hpp>
#include <coffer/providers/local.hpp>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fakes/blind_provider.hpp"
#include "storage/cache_entries.hpp"
#include "support/child_process.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_loop.hpp"

namespace coffer {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t object_size = 2_MiB + 5;
constexpr std::uint64_t limit = 5_MiB;

std::string cached_text(int seed) {
  std::string text(object_size, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) {
    text[i] = static_cast<char>('!' + (i * 11 + i / 777 + static_cast<std::size_t>(seed) * 31) % 90);
  }
  return text;
}

/// One process's Storage: objects in `folder`/far as if they were distant, and the cache in `folder`/cache.
class OneProcess {
 public:
  explicit OneProcess(const fs::path& folder) : loop_(test::LoopKind::own_thread, RuntimeConfig().budget(1_MiB)) {
    Runtime& runtime = loop_.runtime();
    const std::shared_ptr<IoBackend> io = make_io_backend(runtime, "threads");
    far_ = make_local_provider(runtime, io, LocalConfig(folder / "far"));
    ProviderRegistry registry;
    registry.add_active(std::make_shared<test::BlindProvider>(runtime, far_));
    std::shared_ptr<DiskCache> cache = make_cache_folder(runtime, io, folder / "cache", limit);
    storage_.emplace(runtime, std::move(registry), nullptr, nullptr, std::move(cache));
  }

  Uri uri(int number) const { return far_->uri_of(std::to_string(number)); }
  void put(int number) { loop_.run(far_->co_store(std::to_string(number), cached_text(number))); }
  std::uint64_t prefetch(int number) { return loop_.run(storage_->co_prefetch(uri(number))).on_disk; }
  bool loads(int number) { return loop_.run(storage_->co_load(uri(number))) == cached_text(number); }

 private:
  test::TestLoop loop_;
  ProviderPtr far_;
  std::optional<Storage> storage_;
};

std::uint64_t bytes_in(const fs::path& folder) {
  std::uint64_t bytes = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

class CacheFolder : public testing::Test {
 protected:
  bool keeps(const OneProcess& process, int number) const {
    return fs::exists(cache_ / cache_key(process.uri(number)));
  }
  const test::TemporaryFolder folder_;
  const fs::path cache_ = folder_.path() / "cache";
};

TEST_F(CacheFolder, is_made_for_its_user_alone_when_something_is_kept) {
  OneProcess process(folder_.path());
  process.put(1);
  EXPECT_FALSE(fs::exists(cache_));
  EXPECT_EQ(process.prefetch(1), object_size);
  EXPECT_EQ(fs::status(cache_).permissions(), fs::perms::owner_all);
  EXPECT_TRUE(process.loads(1));
}

TEST_F(CacheFolder, is_made_for_its_user_alone_again_where_it_was_deleted_meanwhile) {
  OneProcess process(folder_.path());
  process.put(1);
  process.put(2);
  EXPECT_EQ(process.prefetch(1), object_size);
  fs::remove_all(cache_);
  EXPECT_EQ(process.prefetch(2), object_size);
  EXPECT_EQ(fs::status(cache_).permissions(), fs::perms::owner_all);
  EXPECT_TRUE(process.loads(2));
}

TEST_F(CacheFolder, gives_up_what_was_read_longest_ago) {
  OneProcess process(folder_.path());
  for (const int number : {1, 2, 3}) process.put(number);
  process.prefetch(1);
  process.prefetch(2);
  EXPECT_TRUE(process.loads(2));
  EXPECT_TRUE(process.loads(1));
  process.prefetch(3);
  EXPECT_TRUE(keeps(process, 1)) << "it was read since";
  EXPECT_FALSE(keeps(process, 2));
  EXPECT_TRUE(keeps(process, 3));
}

TEST_F(CacheFolder, what_nobody_has_read_yet_stays_before_what_was_read) {
  OneProcess process(folder_.path());
  for (const int number : {1, 2, 3}) process.put(number);
  process.prefetch(1);
  process.prefetch(2);
  EXPECT_TRUE(process.loads(2));
  process.prefetch(3);
  EXPECT_TRUE(keeps(process, 1)) << "it is awaited";
  EXPECT_FALSE(keeps(process, 2));
}

TEST_F(CacheFolder, what_a_killed_writer_left_goes_and_does_not_count) {
  OneProcess process(folder_.path());
  process.put(1);
  fs::create_directories(cache_ / ".coffer" / "tmp");
  std::ofstream(cache_ / ".coffer" / "tmp" / "left") << std::string(1000, 'x');
  EXPECT_EQ(process.prefetch(1), object_size);
  EXPECT_FALSE(fs::exists(cache_ / ".coffer" / "tmp" / "left"));
}

TEST_F(CacheFolder, a_file_where_it_should_be_turns_it_off_and_fails_nothing) {
  OneProcess process(folder_.path());
  process.put(1);
  std::ofstream(cache_) << "a file";
  EXPECT_EQ(process.prefetch(1), 0U);
  EXPECT_TRUE(process.loads(1));
}

TEST_F(CacheFolder, a_full_disk_turns_it_off_and_fails_nothing) {
  const fs::path folder = folder_.path();
  fs::create_directory(cache_);
  const auto in_a_small_disk = [&] {
    if (!test::enter_own_mounts() || !test::mount_small_memory(cache_.string(), "1m")) return false;
    OneProcess process(folder);
    process.put(1);
    EXPECT_EQ(process.prefetch(1), 0U);
    EXPECT_TRUE(process.loads(1));
    EXPECT_EQ(process.prefetch(1), 0U);
    return true;
  };
  EXPECT_EQ(test::run_in_child(in_a_small_disk), test::ChildResult::passed);
}

TEST_F(CacheFolder, is_shared_by_processes_that_fill_it_at_the_same_time) {
  const fs::path folder = folder_.path();
  {
    OneProcess process(folder);
    for (int number = 0; number < 6; ++number) process.put(number);
  }
  const auto fill = [&folder](int first) {
    OneProcess process(folder);
    for (int i = 0; i < 12; ++i) {
      const int number = (first + i) % 6;
      process.prefetch(number);
      EXPECT_TRUE(process.loads(number)) << number;
    }
    return true;
  };
  const pid_t other = ::fork();
  if (other == 0) {
    fill(3);
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  EXPECT_EQ(test::run_in_child([&] { return fill(0); }), test::ChildResult::passed);
  int status = 0;
  ASSERT_EQ(::waitpid(other, &status, 0), other);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_LE(bytes_in(cache_), limit);
  OneProcess later(folder);
  for (int number = 0; number < 6; ++number) EXPECT_TRUE(later.loads(number)) << number;
}

}  // namespace
}  // namespace coffer
