// What a process that lost rights sees: each case runs in a process of its own, for rights do not come back.
#include <array>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <coffer/base/error.hpp>
#include <coffer/io_backends/make_io_backend.hpp>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io_backends/counting_observer.hpp"
#include "io_backends/io_backend.hpp"
#include "io_backends/test_files.hpp"
#include "io_backends/uring/registered_slabs.hpp"
#include "io_backends/uring/ring.hpp"
#include "support/test_loop.hpp"

namespace coffer::test {
namespace {

/// Ends the child with a line that the parent shows.
void require(bool condition, const std::string& what) {
  if (condition) return;
  std::cerr << "not so: " << what << '\n';
  std::_Exit(1);
}

/// From now on this process gets EPERM for a system call, as in most containers.
void forbid(long call) {
  const auto number = static_cast<unsigned>(call);
  std::array<sock_filter, 4> program{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
  require(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) == 0, "seccomp");
}

/// One write, sync and read on a Runtime of one thread.
Task<bool> co_use(Runtime& runtime, IoBackend& backend, FilePtr file, std::size_t count) {
  BudgetShare share = runtime.pool().open_share("test");
  bool right = true;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t offset = i * largest_buffer;
    Buffer buffer = share.need(largest_buffer);
    fill(buffer.bytes(), offset);
    const std::size_t size = buffer.size();
    Chunk chunk = std::move(buffer).share(size);
    co_await backend.co_write_at(file, offset, chunk);
    co_await backend.co_sync(file, false);
    Buffer into = share.need(largest_buffer);
    ReadDone done = co_await backend.co_read_at(file, offset, std::move(into), largest_buffer);
    right = right && done.bytes > 0 && right_bytes(done.buffer.bytes().first(done.bytes), offset) == done.bytes;
  }
  co_return right;
}

RuntimeConfig observed_by(const std::shared_ptr<CountingObserver>& observer) {
  RuntimeConfig config;
  config.observer(observer);
  return config;
}

void without_io_uring() {
  forbid(SYS_io_uring_setup);
  const TempFolder folder;
  const auto observer = std::make_shared<CountingObserver>();
  {
    Runtime runtime(observed_by(observer));
    const auto backend = make_io_backend(runtime);
    require(io_backend_name(*backend) == "threads", "the backend is threads");
    require(observer->warnings().size() == 1, "there is one warning");
    const FilePtr file = open_direct(runtime, folder.path() / "f", O_CREAT | O_RDWR);
    require(runtime.run(co_use(runtime, *backend, file, 2)), "what was written is read back");
    try {
      make_io_backend(runtime, "uring");
      require(false, "uring cannot be forced");
    } catch (const Error& error) {
      require(error.kind() == ErrorKind::unsupported, "forcing uring is Error{unsupported}");
      std::cerr << error.what() << '\n';
    }
  }
  require(observer->warnings().size() == 1, "it was said once");
  std::cerr << observer->warnings().front() << '\n';
}

void with_the_ring_taken_away() {
  boost::asio::io_context context;
  Runtime runtime(context);
  const auto backend = make_io_backend(runtime, "uring");
  const TempFolder folder;
  const FilePtr file = open_file(runtime, folder.path() / "f", O_CREAT | O_RDWR);
  for (const int expected : {0, EPERM, EPERM}) {
    auto used = boost::asio::co_spawn(context, co_use(runtime, *backend, file, 1), boost::asio::use_future);
    context.restart();
    context.run();
    try {
      require(used.get() && expected == 0, "it works before, and not after");
    } catch (const Error& error) {
      require(error.code().value() == expected, "the error carries the kernel's code");
    }
    if (expected == 0) forbid(SYS_io_uring_enter);
  }
  require(runtime.pool().use().granted == 0, "all buffers are back");
}

void require_unregistered() {
  BufferPool pool(std::size_t{16} << 20U);
  BudgetShare share = pool.open_share("test");
  Ring ring(false);
  RegisteredSlabs slabs;
  const auto owner = std::make_shared<const SlabOwner>(pool);
  const Buffer buffer = share.need(largest_buffer);
  require(!slabs.index_of(ring.raw(), owner, buffer.data(), buffer.size()), "a slab cannot be registered");
}

constexpr std::size_t old_limit = std::size_t{64} << 10U;

/// Between nothing and `old_limit`, which it cannot be raised above again.
void limit_locked_memory(std::size_t bytes) {
  const rlimit locked{bytes, old_limit};
  require(::setrlimit(RLIMIT_MEMLOCK, &locked) == 0, "setrlimit");
}

constexpr uid_t nobody = 65534;
/// The kernel gives a ring's memory back some time after its process is gone: cases that run together must not share a
/// limit.
constexpr uid_t another_nobody = 65533;

/// Nothing where this process is a plain user's already.
void become(uid_t user, const TempFolder& folder) {
  if (::geteuid() != 0) return;
  require(::chown(folder.path().c_str(), user, user) == 0, "chown");
  require(::setresgid(user, user, user) == 0, "setresgid");
  require(::setresuid(user, user, user) == 0, "setresuid");
}

/// As somebody at a shell whose limit of locked memory is that of old systems: 64 KiB, less than any slab.
void as_a_plain_user() {
  const TempFolder folder;
  limit_locked_memory(old_limit);
  become(nobody, folder);
  const auto observer = std::make_shared<CountingObserver>();
  {
    Runtime runtime(observed_by(observer));
    const auto backend = make_io_backend(runtime, "uring");
    const FilePtr file = open_direct(runtime, folder.path() / "f", O_CREAT | O_RDWR);
    require(runtime.run(co_use(runtime, *backend, file, 4)), "what was written is read back");
    require(runtime.pool().use().granted == 0, "all buffers are back");
  }
  require(observer->warnings().empty(), "nobody is warned");
  require_unregistered();
  std::cerr << "worked as user " << ::geteuid() << '\n';
}

bool rings_are_charged() {
  try {
    const Ring ring(false);
    return false;
  } catch (const Error& error) {
    require(error.code().value() == ENOMEM, "a ring fails for memory");
    return true;
  }
}

/// The limit is that of all processes of a user: it may be spent when a loop needs its ring.
void as_a_plain_user_with_nothing_left() {
  const TempFolder folder;
  limit_locked_memory(old_limit);
  become(another_nobody, folder);
  for (const LoopKind kind : all_loop_kinds) {
    const auto observer = std::make_shared<CountingObserver>();
    TestLoop loop(kind, observed_by(observer));
    limit_locked_memory(old_limit);
    const auto backend = make_io_backend(loop.runtime(), "uring");
    limit_locked_memory(0);
    const FilePtr file = open_direct(loop.runtime(), folder.path() / "f", O_CREAT | O_RDWR);
    for (int i = 0; i < 3; ++i) {
      require(loop.run(co_use(loop.runtime(), *backend, file, 1)), "what was written is read back");
    }
    const std::size_t expected = rings_are_charged() ? 1 : 0;
    require(observer->warnings().size() == expected, "it is said once where there is no memory for a ring");
    require(expected == 0 || observer->warnings().front().find("ulimit -l") != std::string::npos, "with the cure");
  }
}

void without_further_threads() {
  const TempFolder folder;
  boost::asio::io_context context;
  Runtime runtime(context);
  const auto backend = make_io_backend(runtime, "threads");
  forbid(SYS_clone3);
  forbid(SYS_clone);
  {
    const FilePtr file = open_file(runtime, folder.path() / "f", O_CREAT | O_RDWR);
    auto used = boost::asio::co_spawn(context, co_use(runtime, *backend, file, 2), boost::asio::use_future);
    context.run();
    require(used.get(), "what was written is read back");
  }
  require(runtime.pool().use().granted == 0, "all buffers are back");
}

[[noreturn]] void run_to_the_end(void (*body)()) {
  body();
  std::_Exit(0);
}

class SandboxDeathTest : public testing::Test {
 protected:
  SandboxDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(SandboxDeathTest, where_io_uring_is_forbidden_threads_take_over_and_one_line_gives_the_cure) {
  EXPECT_EXIT(run_to_the_end(without_io_uring), testing::ExitedWithCode(0),
              "uring was asked for.*io_uring_setup: Operation not permitted.*\n"
              "io_uring does not work, files go through threads: io_uring_setup: Operation not permitted; .*seccomp");
}

TEST_F(SandboxDeathTest, where_no_thread_can_be_started_the_caller_does_the_work) {
  EXPECT_EXIT(run_to_the_end(without_further_threads), testing::ExitedWithCode(0), "");
}

TEST_F(SandboxDeathTest, a_ring_that_is_forbidden_later_fails_its_operations_and_hangs_nobody) {
  EXPECT_EXIT(run_to_the_end(with_the_ring_taken_away), testing::ExitedWithCode(0), "");
}

TEST_F(SandboxDeathTest, a_plain_user_without_locked_memory_reads_and_writes_unregistered) {
  EXPECT_EXIT(run_to_the_end(as_a_plain_user), testing::ExitedWithCode(0), "worked as user [1-9]");
}

TEST_F(SandboxDeathTest, a_loop_without_memory_for_a_ring_uses_threads_and_says_so_once) {
  EXPECT_EXIT(run_to_the_end(as_a_plain_user_with_nothing_left), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace coffer::test
