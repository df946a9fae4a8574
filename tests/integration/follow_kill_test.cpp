// A child process stores a live object and is killed at random moments, while this one follows it. No follower takes
// what came for the whole, none gets what was not written, none waits for ever, and what is left behind is found.

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/this_coro.hpp>
#include <coffer/async/with_deadline.hpp>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "async/started.hpp"
#include "providers/local_scene.hpp"

namespace coffer {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kills = 60;
constexpr std::size_t all_bytes = 1'500'000;
constexpr std::size_t followers = 3;
// Against hangs alone.
constexpr std::chrono::seconds deadline(120);

const std::string& bytes() {
  static const std::string all = test::sample_bytes(all_bytes);
  return all;
}

/// Shared by parent and child.
struct LiveProgress {
  std::atomic<bool> may_begin = false;  ///< The parent's word; the others are the child's.
  std::atomic<bool> announced = false;
  std::atomic<std::uint64_t> begun_to = 0;  ///< No byte from here on was given to the store.
  std::atomic<bool> committing = false;
};

struct UnmapLive {
  void operator()(LiveProgress* progress) const noexcept { ::munmap(progress, sizeof(LiveProgress)); }
};

std::unique_ptr<LiveProgress, UnmapLive> make_live_progress() {
  void* memory = ::mmap(nullptr, sizeof(LiveProgress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw Error::from_errno(errno, "mmap");
  return std::unique_ptr<LiveProgress, UnmapLive>(new (memory) LiveProgress);
}

Task<> co_store(StorageProvider& store, LiveProgress& progress, std::size_t piece) {
  const SinkPtr sink = co_await store.co_create("key", WriteOptions().live());
  progress.announced = true;
  for (std::size_t at = 0; at < bytes().size(); at += piece) {
    const auto part = std::span(bytes()).subspan(at, std::min(piece, bytes().size() - at));
    progress.begun_to = at + part.size();
    Chunk chunk(nullptr, std::as_bytes(part));
    co_await sink->co_write(std::move(chunk));
  }
  progress.committing = true;
  co_await sink->co_commit();
}

struct Followed {
  std::uint64_t count = 0;
  bool same = true;
  std::string failure;
};

Task<Followed> co_follow(ProviderPtr store) {
  Followed followed;
  try {
    const SourcePtr source = co_await with_deadline(store->co_follow("key", FollowOptions()), deadline);
    while (const std::optional<Chunk> chunk = co_await with_deadline(source->co_read(), deadline)) {
      followed.same = followed.same && bytes().compare(followed.count, chunk->size(), chunk->text()) == 0;
      followed.count += chunk->size();
    }
  } catch (const Error& error) {
    followed.failure = to_string(error.kind());
  }
  co_return followed;
}

/// One writer in a process of its own, killed once it came to `kill_at`.
class Kill {
 public:
  Kill(std::size_t piece, std::uint64_t kill_at) : kill_at_(kill_at) {
    writer_ = ::fork();
    if (writer_ == 0) {
      test::TestLoop loop(test::LoopKind::own_thread);
      const ProviderPtr store = make_local_provider(loop.runtime(), make_io_backend(loop.runtime()), config());
      while (!progress_->may_begin) ::usleep(100);
      loop.run(co_store(*store, *progress_, piece));
      ::_exit(0);
    }
  }
  Kill(const Kill&) = delete;
  Kill& operator=(const Kill&) = delete;

  std::vector<Followed> run(std::mt19937_64& random) {
    test::TestLoop loop(test::LoopKind::own_thread);
    const auto io = make_io_backend(loop.runtime());
    const ProviderPtr store = make_local_provider(loop.runtime(), io, config());
    std::vector<Started<Followed>> started;
    started.push_back(start(loop.runtime().executor(), co_follow(store)));
    progress_->may_begin = true;
    const auto until = std::chrono::steady_clock::now() + deadline;
    while (!progress_->announced || (progress_->begun_to < kill_at_ && !progress_->committing)) {
      if (std::chrono::steady_clock::now() > until) std::abort();
      if (progress_->announced && started.size() < followers)
        started.push_back(start(loop.runtime().executor(), co_follow(store)));
    }
    const auto pause = std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 3000);
    while (std::chrono::steady_clock::now() < pause) {
    }
    ::kill(writer_, SIGKILL);
    while (started.size() < followers) started.push_back(start(loop.runtime().executor(), co_follow(store)));
    int status = 0;
    EXPECT_EQ(::waitpid(writer_, &status, 0), writer_);
    std::vector<Followed> all;
    for (Started<Followed>& follower : started) all.push_back(loop.run(follower.co_result()));
    committed_ = loop.run(store->co_head("key")).has_value();
    while (!is_empty(".coffer/tmp") || !is_empty(".coffer/live")) {
      loop.run(co_collect_leftovers(loop.runtime(), io, config().folder(), std::chrono::seconds(0), false));
      if (std::chrono::steady_clock::now() > until) {
        ADD_FAILURE() << "something was left and is not found";
        break;
      }
    }
    return all;
  }

  bool committed() const noexcept { return committed_; }
  std::uint64_t begun_to() const noexcept { return progress_->begun_to; }

 private:
  LocalConfig config() const { return LocalConfig(folder_.path() / "store"); }
  bool is_empty(const char* inside) const {
    const fs::path folder = folder_.path() / "store" / inside;
    return !fs::exists(folder) || fs::is_empty(folder);
  }

  test::TemporaryFolder folder_;
  std::unique_ptr<LiveProgress, UnmapLive> progress_ = make_live_progress();
  const std::uint64_t kill_at_;
  pid_t writer_ = -1;
  bool committed_ = false;
};

TEST(KilledLiveWriter, is_never_taken_for_one_that_is_done) {
  const char* given = std::getenv("COFFER_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device()();
  std::cout << "seed " << seed << " (COFFER_TEST_SEED)" << std::endl;
  std::mt19937_64 random(seed);
  constexpr std::array<std::size_t, 4> pieces = {700, 20'000, 65'536, 1'000'000};
  std::size_t failed = 0;
  std::size_t whole = 0;
  for (std::size_t kill = 0; kill < kills && !::testing::Test::HasFailure(); ++kill) {
    // A quarter near the commit.
    const std::uint64_t at = kill % 4 == 0 ? all_bytes : random() % all_bytes;
    Kill one(pieces.at(random() % pieces.size()), at);
    for (const Followed& followed : one.run(random)) {
      EXPECT_TRUE(followed.same);
      EXPECT_LE(followed.count, one.begun_to());
      if (followed.failure.empty()) {
        EXPECT_EQ(followed.count, all_bytes);
        EXPECT_TRUE(one.committed()) << "a success without an object";
        ++whole;
      } else {
        EXPECT_EQ(followed.failure, "writer_failed");
        EXPECT_FALSE(one.committed()) << "a failure, and the object is there";
        ++failed;
      }
    }
  }
  std::cout << "followers that failed " << failed << ", that got all " << whole << std::endl;
  EXPECT_GT(failed, kills);
}

}  // namespace
}  // namespace coffer
