#include <atomic>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "io_backends/io_backend_contract.hpp"

namespace coffer::test {
namespace {

/// Reads and writes for ever. Counts itself while its frame is there, and what it has done.
Task<> co_busy(std::shared_ptr<IoBackend> backend, FilePtr file, std::uint64_t offset, BudgetShare share,
               std::size_t size, std::shared_ptr<std::atomic<std::size_t>> done) {
  Buffer buffer = share.need(size);
  for (;;) {
    ReadDone read = co_await backend->co_read_at(file, offset, std::move(buffer), size);
    ++*done;
    buffer = std::move(read.buffer);
    const std::size_t whole = buffer.size();
    Chunk chunk = std::move(buffer).share(whole);
    co_await backend->co_write_at(file, offset, chunk);
    if (offset == 0) co_await backend->co_sync(file, true);
    chunk = Chunk();
    buffer = share.need(size);
  }
}

class EndOfLoop : public IoBackendContract {
 protected:
  void destroy_in_the_middle(std::size_t size) {
    write_file(folder() / "f", std::size_t{32} * size);
    auto done = std::make_shared<std::atomic<std::size_t>>(0);
    {
      const FilePtr file = open_direct(runtime(), folder() / "f", O_RDWR);
      for (std::uint64_t i = 0; i < 32; ++i) {
        BudgetShare share = runtime().pool().open_share("busy");
        boost::asio::co_spawn(runtime().executor(),
                              co_busy(backend_ptr(), file, i * size, std::move(share), size, done),
                              boost::asio::detached);
      }
      while (*done < 100) std::this_thread::yield();
    }
    destroy_loop();
    EXPECT_EQ(done.use_count(), 1);  // No coroutine is left.
    EXPECT_EQ(observer().in_flight(), 0);
  }
};

using IoLoopEnd = EndOfLoop;
COFFER_ON_IO_BACKENDS(IoLoopEnd, all_io_backends());

TEST_P(IoLoopEnd, small_operations_in_flight_end_before_their_memory_goes) { destroy_in_the_middle(smallest_buffer); }

TEST_P(IoLoopEnd, large_operations_in_flight_end_before_their_memory_goes) {
  destroy_in_the_middle(std::size_t{1} << 20U);
}

TEST_P(IoLoopEnd, a_loop_that_never_ran_is_destroyed_with_what_waits_in_it) {
  const FilePtr file = open_file(runtime(), folder() / "f", O_CREAT | O_RDWR);
  auto done = std::make_shared<std::atomic<std::size_t>>(0);
  {
    boost::asio::io_context context;
    BudgetShare share = runtime().pool().open_share("busy");
    boost::asio::co_spawn(context, co_busy(backend_ptr(), file, 0, std::move(share), smallest_buffer, done),
                          boost::asio::detached);
    EXPECT_EQ(done.use_count(), 2);
  }
  EXPECT_EQ(done.use_count(), 1);
}

}  // namespace
}  // namespace coffer::test
