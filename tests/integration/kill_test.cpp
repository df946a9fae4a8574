// A child process stores objects and is killed at random moments. What it acknowledged must be there, whole; nothing
// else may be there in part; what it left behind must be found.

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "providers/local_scene.hpp"
#include "support/random_seed.hpp"

namespace coffer {
namespace {

namespace fs = std::filesystem;
using test::sample_bytes;

enum class Phase : int { starting, open, write, commit, acknowledged };
constexpr std::array phases = {Phase::open, Phase::write, Phase::commit, Phase::acknowledged};

std::string to_string(Phase phase) {
  constexpr std::array names = {"starting", "open", "write", "commit", "acknowledged"};
  return names.at(static_cast<std::size_t>(phase));
}

/// Shared by parent and child.
struct Progress {
  std::atomic<Phase> phase = Phase::starting;
  std::atomic<std::uint64_t> begun = 0;         ///< The number of the object that was begun last.
  std::atomic<std::uint64_t> acknowledged = 0;  ///< Every object up to this one was.
};

struct Unmap {
  void operator()(Progress* progress) const noexcept { ::munmap(progress, sizeof(Progress)); }
};
using SharedProgress = std::unique_ptr<Progress, Unmap>;

SharedProgress make_progress() {
  void* memory = ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw Error::from_errno(errno, "mmap");
  return SharedProgress(new (memory) Progress);
}

/// Two of three objects are new, the third replaces an earlier one; folders come and go.
std::string key_of(std::uint64_t number) {
  if (number % 3 == 0) return "again/" + std::to_string(number / 3 % 5);
  return "new/" + std::to_string(number / 50) + "/" + std::to_string(number);
}

std::string bytes_of(std::uint64_t number) {
  constexpr std::array<std::size_t, 7> sizes = {70'000, 0, 4096, (3U << 20U) + 5, 4095, 1, (1U << 20U) + 3};
  return sample_bytes(sizes.at(number % sizes.size()), number);
}

Task<> co_store_for_ever(StorageProvider& store, Progress& progress, int acknowledgements) {
  for (std::uint64_t number = progress.begun + 1;; ++number) {
    progress.begun = number;
    progress.phase = Phase::open;
    WriteOptions options = WriteOptions().metadata("number", std::to_string(number));
    const SinkPtr sink = co_await store.co_create(key_of(number), std::move(options));
    progress.phase = Phase::write;
    auto bytes = std::make_shared<const std::string>(bytes_of(number));
    for (std::size_t at = 0; at < bytes->size(); at += 300'000) {
      const auto part =
          std::as_bytes(std::span(bytes->data() + at, std::min<std::size_t>(300'000, bytes->size() - at)));
      Chunk chunk(bytes, part);
      co_await sink->co_write(std::move(chunk));
    }
    progress.phase = Phase::commit;
    co_await sink->co_commit();
    // As a user would: by a message to another process.
    if (::write(acknowledgements, &number, sizeof number) != sizeof number) std::abort();
    progress.phase = Phase::acknowledged;
    const std::optional<ObjectInfo> head = co_await store.co_head(key_of(number));
    if (!head) std::abort();
  }
}

struct Recipe {
  std::string name;
  bool unnamed;
};

class KilledWriter : public ::testing::TestWithParam<Recipe> {
 protected:
  LocalConfig config() const { return LocalConfig(folder_.path() / "store").unnamed_files(GetParam().unnamed); }

  /// Starts a writer, kills it in this phase, or near it, and gives the phase that it was in.
  Phase kill_in(Phase wanted) {
    std::array<int, 2> acknowledgements{};
    EXPECT_EQ(::pipe(acknowledgements.data()), 0);
    progress_->phase = Phase::starting;
    const pid_t writer = ::fork();
    if (writer == 0) {
      ::close(acknowledgements[0]);
      write_until_killed(acknowledgements[1]);
    }
    ::close(acknowledgements[1]);
    wait_for(wanted);
    ::kill(writer, SIGKILL);
    int status = 0;
    EXPECT_EQ(::waitpid(writer, &status, 0), writer);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the writer ended by itself: " << status;
    std::uint64_t number = 0;
    while (::read(acknowledgements[0], &number, sizeof number) == sizeof number) acknowledged_[key_of(number)] = number;
    ::close(acknowledgements[0]);
    return progress_->phase;
  }

  /// What is in the store is what was acknowledged, or what was begun since; each whole.
  void check() {
    test::TestLoop loop(test::LoopKind::own_thread);
    const auto io = make_io_backend(loop.runtime());
    const ProviderPtr store = make_local_provider(loop.runtime(), io, config());
    for (auto& [key, number] : acknowledged_) loop.run(co_check(*store, key, number));
    acknowledged_.clear();
    const std::string begun = key_of(progress_->begun);
    loop.run(co_check(*store, begun, 0));
    // The kernel may still be ending what the writer had in flight, with the writer's locks: soon, not at once.
    const fs::path hidden = folder_.path() / "store/.coffer/tmp";
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    do {
      leftovers_ += loop.run(collect(loop.runtime(), io)).size();
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "something was left and is not found";
    } while (fs::exists(hidden) && !fs::is_empty(hidden));
  }

  Task<std::vector<Leftover>> collect(Runtime& runtime, std::shared_ptr<IoBackend> io) {
    return co_collect_leftovers(runtime, std::move(io), folder_.path() / "store", std::chrono::seconds(0), false);
  }

  std::size_t leftovers() const { return leftovers_; }

 private:
  [[noreturn]] void write_until_killed(int acknowledgements) {
    test::TestLoop loop(test::LoopKind::own_thread);
    const ProviderPtr store = make_local_provider(loop.runtime(), make_io_backend(loop.runtime()), config());
    loop.run(co_store_for_ever(*store, *progress_, acknowledgements));
    std::abort();
  }

  void wait_for(Phase wanted) {
    // Some objects first, so that kills are spread over sizes and recipes.
    const std::uint64_t from = progress_->begun + random_() % 4;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (progress_->begun <= from || progress_->phase != wanted) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the writer does not come to " << to_string(wanted);
    }
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(random_() % 300);
    while (random_() % 3 != 0 && std::chrono::steady_clock::now() < until) {
    }
  }

  static Task<> co_check(StorageProvider& store, std::string key, std::uint64_t at_least) {
    const std::optional<ObjectInfo> head = co_await store.co_head(key);
    if (!head) {
      EXPECT_EQ(at_least, 0U) << key << " was acknowledged and is gone";
      co_return;
    }
    EXPECT_EQ(head->integrity, Integrity::verified_on_read) << key;
    const auto entry = head->metadata.find("number");
    const std::uint64_t number = entry == head->metadata.end() ? 0 : std::stoull(entry->second);
    EXPECT_GE(number, at_least) << key << " is older than what was acknowledged";
    const std::string bytes = co_await store.co_load(key);
    EXPECT_TRUE(bytes == bytes_of(number)) << key << " is not what was stored as number " << number;
  }

  test::TemporaryFolder folder_;
  SharedProgress progress_ = make_progress();
  std::map<std::string, std::uint64_t> acknowledged_;
  std::size_t leftovers_ = 0;
  std::mt19937_64 random_{test::random_seed()};
};

TEST_P(KilledWriter, leaves_every_acknowledged_object_whole_and_no_other_in_part) {
  constexpr std::size_t least_kills = 200;
  constexpr std::size_t least_in_a_phase = 20;
  std::map<Phase, std::size_t> kills;
  const auto missing = [&] {
    std::vector<Phase> few;
    for (const Phase phase : phases) {
      if (kills[phase] < least_in_a_phase) few.push_back(phase);
    }
    return few;
  };
  for (std::size_t kill = 0; kill < least_kills || !missing().empty(); ++kill) {
    ASSERT_LT(kill, 20 * least_kills) << "some phase is never hit";
    const std::vector<Phase> few = missing();
    const Phase wanted = kill < least_kills || few.empty() ? phases.at(kill % phases.size()) : few.front();
    ++kills[kill_in(wanted)];
    check();
    if (HasFailure()) break;
  }
  std::cout << "kills with " << GetParam().name << ":";
  for (const auto& [phase, count] : kills) std::cout << " " << to_string(phase) << " " << count << ",";
  std::cout << " leftovers found " << leftovers() << std::endl;
  for (const Phase phase : phases) EXPECT_GE(kills[phase], least_in_a_phase) << to_string(phase);
  if (!GetParam().unnamed) {
    EXPECT_GT(leftovers(), 0U) << "no kill came between a temporary name and its end";
  }
}

INSTANTIATE_TEST_SUITE_P(With, KilledWriter,
                         ::testing::Values(Recipe{"unnamed_files", true}, Recipe{"temporary_names", false}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace coffer
