#include <algorithm>
#include <chrono>
#include <thread>

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <coffer/async/with_deadline.hpp>
#include <coffer/base/error.hpp>
#include <unistd.h>

#include "io_backends/cancelling.hpp"
#include "io_backends/io_backend_contract.hpp"
#include "io_backends/uring/registered_slabs.hpp"
#include "io_backends/uring/ring.hpp"

namespace coffer::test {
namespace {

/// Reads of an empty pipe: in flight for as long as a test wants.
class UringPipes : public IoBackendContract {
 protected:
  UringPipes() {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
    read_end = std::make_shared<File>(ends[0], runtime().reaper());
    write_end = std::make_shared<File>(ends[1], runtime().reaper());
  }
  boost::asio::any_io_executor strand() { return boost::asio::make_strand(runtime().executor()); }

  FilePtr read_end;
  FilePtr write_end;
};
COFFER_ON_IO_BACKENDS(UringPipes, std::vector<std::string>{"uring"});

TEST_P(UringPipes, a_read_in_flight_is_cancelled_and_takes_nothing) {
  auto read = start(strand(), co_cancelled(backend().co_read_at(read_end, 0, buffer(smallest_buffer), 10)));
  EXPECT_EQ(run(read.co_result()).kind(), ErrorKind::cancelled);
  ASSERT_EQ(::write(write_end->descriptor(), "x", 1), 1);
  const ReadDone done = run(backend().co_read_at(read_end, 0, buffer(smallest_buffer), 10));
  EXPECT_EQ(done.bytes, 1U);
}

TEST_P(UringPipes, a_deadline_ends_a_read_in_flight) {
  auto limited =
      with_deadline(backend().co_read_at(read_end, 0, buffer(smallest_buffer), 10), std::chrono::milliseconds(1));
  auto read = start(strand(), co_error_of(std::move(limited)));
  EXPECT_EQ(run(read.co_result()).kind(), ErrorKind::timed_out);
}

Task<bool> co_one_byte(IoBackend& backend, FilePtr from, Buffer into) {
  const ReadDone done = co_await backend.co_read_at(from, 0, std::move(into), 1);
  co_return done.bytes == 1;
}

TEST_P(UringPipes, more_may_be_started_than_a_ring_holds) {
  constexpr std::size_t count = 5000;
  std::vector<Started<bool>> reads;
  for (std::size_t i = 0; i < count; ++i) {
    Buffer into = buffer(smallest_buffer);
    reads.push_back(start(runtime().executor(), co_one_byte(backend(), read_end, std::move(into))));
  }
  while (observer().in_flight() < static_cast<std::int64_t>(count)) std::this_thread::yield();
  const std::string bytes(count, 'x');
  ASSERT_EQ(::write(write_end->descriptor(), bytes.data(), count), static_cast<ssize_t>(count));
  for (auto& read : reads) EXPECT_TRUE(run(read.co_result()));
}

TEST_P(UringPipes, what_waits_for_its_turn_is_cancelled_at_once) {
  const std::size_t full = 2 * Ring(false).most_in_flight();  // On two loops: each of them.
  std::vector<Started<bool>> reads;
  for (std::size_t i = 0; i < full; ++i) {
    Buffer into = buffer(smallest_buffer);
    reads.push_back(start(runtime().executor(), co_one_byte(backend(), read_end, std::move(into))));
  }
  for (int loop = 0; loop < 2; ++loop) {
    auto late = start(strand(), co_cancelled(backend().co_read_at(read_end, 0, buffer(smallest_buffer), 1)));
    EXPECT_EQ(run(late.co_result()).kind(), ErrorKind::cancelled);
  }
  const std::string bytes(reads.size(), 'x');
  ASSERT_EQ(::write(write_end->descriptor(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  for (auto& read : reads) EXPECT_TRUE(run(read.co_result()));
}

TEST(Uring, a_thread_that_ends_does_not_take_its_operations_with_it) {
  boost::asio::io_context context;
  Runtime runtime(context);
  const auto backend = make_io_backend(runtime, "uring");
  const TempFolder folder;
  const FilePtr file = open_file(runtime, folder.path() / "f", O_CREAT | O_RDWR);
  constexpr std::size_t count = 20;
  std::vector<Started<bool>> all;
  auto write_and_sync = [](IoBackend& io, FilePtr to, std::uint64_t offset) -> Task<bool> {
    const Chunk bytes = chunk_of(offset, std::size_t{1} << 20U);
    co_await io.co_write_at(to, offset, bytes);
    co_await io.co_sync(to, false);
    co_return true;
  };
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back(start(context.get_executor(), write_and_sync(*backend, file, i << 20U)));
  }
  while (context.poll_one() > 0) {
    std::thread([&context] { context.poll_one(); }).join();
  }
  while (!std::all_of(all.begin(), all.end(), [](const auto& each) { return each.done(); })) {
    std::thread([&context] { context.run_one(); }).join();
  }
  const Chunk right = chunk_of(0, count << 20U);
  const ssize_t size = static_cast<ssize_t>(right.size());
  std::vector<std::byte> there(right.size());
  ASSERT_EQ(::pread(file->descriptor(), there.data(), there.size(), 0), size);
  EXPECT_EQ(right_bytes(there, 0), right.size());
}

TEST(Uring, the_loop_ends_when_nothing_is_in_flight) {
  boost::asio::io_context context;
  Runtime runtime(context);
  const auto backend = make_io_backend(runtime, "uring");
  const TempFolder folder;
  const FilePtr file = open_file(runtime, folder.path() / "f", O_CREAT | O_RDWR);
  auto write = [](IoBackend& io, FilePtr to) -> Task<bool> {
    const Chunk bytes = chunk_of(0, 1000);
    co_await io.co_write_at(to, 0, bytes);
    co_return true;
  };
  for (int round = 0; round < 3; ++round) {
    auto written = start(context.get_executor(), write(*backend, file));
    context.restart();
    context.run();
    EXPECT_TRUE(written.done());
  }
}

TEST(Uring, a_pool_of_threads_is_a_loop_too) {
  boost::asio::thread_pool pool(3);
  boost::asio::io_context unused;
  Runtime runtime(unused);
  const auto backend = make_io_backend(runtime, "uring");
  const TempFolder folder;
  const FilePtr file = open_file(runtime, folder.path() / "f", O_CREAT | O_RDWR);
  auto write_and_read = [](IoBackend& io, FilePtr both, std::uint64_t offset, Buffer into) -> Task<bool> {
    const Chunk bytes = chunk_of(offset, smallest_buffer);
    co_await io.co_write_at(both, offset, bytes);
    ReadDone done = co_await io.co_read_at(both, offset, std::move(into), smallest_buffer);
    co_return right_bytes(done.buffer.bytes(), offset) == smallest_buffer;
  };
  std::vector<Started<bool>> all;
  BudgetShare share = runtime.pool().open_share("test");
  for (std::size_t i = 0; i < 500; ++i) {
    Buffer into = share.need(smallest_buffer);
    all.push_back(start(pool.get_executor(), write_and_read(*backend, file, i * smallest_buffer, std::move(into))));
  }
  pool.join();
  for (auto& each : all) EXPECT_TRUE(each.done());
}

TEST(Uring, two_runtimes_may_share_a_loop_and_follow_each_other_on_it) {
  boost::asio::io_context context;
  const TempFolder folder;
  write_file(folder.path() / "f", smallest_buffer);
  auto read = [](IoBackend& io, FilePtr from, Buffer into) -> Task<bool> {
    ReadDone done = co_await io.co_read_at(from, 0, std::move(into), smallest_buffer);
    co_return right_bytes(done.buffer.bytes(), 0) == smallest_buffer;
  };
  for (int round = 0; round < 3; ++round) {
    // The pools of successive rounds often lie at the same addresses: what the ring has registered must not be theirs.
    Runtime one(context);
    Runtime other(context);
    for (Runtime* runtime : {&one, &other}) {
      const auto backend = make_io_backend(*runtime, "uring");
      const FilePtr file = open_direct(*runtime, folder.path() / "f", O_RDONLY);
      BudgetShare share = runtime->pool().open_share("test");
      Buffer into = share.need(smallest_buffer);
      auto right = start(context.get_executor(), read(*backend, file, std::move(into)));
      context.restart();
      context.run();
      auto value = boost::asio::co_spawn(context, right.co_result(), boost::asio::use_future);
      context.restart();
      context.run();
      EXPECT_TRUE(value.get());
    }
  }
}

TEST(RegisteredSlabs, a_slab_is_registered_when_it_is_first_used) {
  BufferPool pool(std::size_t{16} << 20U);
  BudgetShare share = pool.open_share("test");
  Buffer buffer = share.need(largest_buffer);
  Ring ring(false);
  RegisteredSlabs slabs;
  const auto owner = std::make_shared<const SlabOwner>(pool);
  const auto index = slabs.index_of(ring.raw(), owner, buffer.data(), buffer.size());
  EXPECT_EQ(index, pool.slab_of(buffer.data()));
  EXPECT_EQ(slabs.index_of(ring.raw(), owner, buffer.data() + 100, 1), index);
  EXPECT_EQ(slabs.count(), 1U);
}

TEST(RegisteredSlabs, memory_of_others_is_not_registered) {
  BufferPool pool(std::size_t{16} << 20U);
  Ring ring(false);
  RegisteredSlabs slabs;
  const auto owner = std::make_shared<const SlabOwner>(pool);
  const std::vector<std::byte> own(100);
  EXPECT_EQ(slabs.index_of(ring.raw(), owner, own.data(), own.size()), std::nullopt);
  EXPECT_EQ(slabs.count(), 0U);
}

TEST(RegisteredSlabs, a_second_pool_gets_its_turn_when_the_first_is_gone) {
  Ring ring(false);
  RegisteredSlabs slabs;
  BufferPool first(std::size_t{16} << 20U);
  BufferPool second(std::size_t{16} << 20U);
  auto first_owner = std::make_shared<const SlabOwner>(first);
  const auto second_owner = std::make_shared<const SlabOwner>(second);
  BudgetShare of_first = first.open_share("test");
  BudgetShare of_second = second.open_share("test");
  Buffer one = of_first.need(smallest_buffer);
  Buffer other = of_second.need(smallest_buffer);
  EXPECT_EQ(slabs.index_of(ring.raw(), first_owner, one.data(), 1), 0U);
  EXPECT_EQ(slabs.index_of(ring.raw(), second_owner, other.data(), 1), std::nullopt);
  first_owner.reset();
  EXPECT_EQ(slabs.index_of(ring.raw(), second_owner, other.data(), 1), 0U);
  EXPECT_EQ(slabs.count(), 1U);
}

}  // namespace
}  // namespace coffer::test
