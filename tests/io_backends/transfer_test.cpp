#include <functional>
#include <thread>

#include <boost/asio/this_coro.hpp>
#include <coffer/base/error.hpp>

#include "io_backends/cancelling.hpp"
#include "io_backends/io_backend_contract.hpp"

namespace coffer::test {
namespace {

using IoTransfer = IoBackendContract;
COFFER_ON_IO_BACKENDS(IoTransfer, all_io_backends());

/// Writes `size` bytes from `offset` on in pool buffers of `step`, then reads them back.
Task<> co_round_trip(Runtime& runtime, IoBackend& backend, FilePtr file, std::uint64_t offset, std::size_t size,
                     std::size_t step) {
  BudgetShare share = runtime.pool().open_share("round trip");
  for (std::size_t at = 0; at < size; at += step) {
    Buffer buffer = share.need(step);
    const std::size_t part = std::min(step, size - at);
    fill(buffer.bytes().first(part), offset + at);
    Chunk chunk = std::move(buffer).share(part);
    co_await backend.co_write_at(file, offset + at, std::move(chunk));
  }
  for (std::size_t at = 0; at < size; at += step) {
    Buffer buffer = share.need(step);
    ReadDone done = co_await backend.co_read_at(file, offset + at, std::move(buffer), step);
    EXPECT_EQ(done.bytes, std::min(step, size - at));
    EXPECT_EQ(right_bytes(done.buffer.bytes().first(done.bytes), offset + at), done.bytes);
  }
}

TEST_P(IoTransfer, what_was_written_is_read_back_buffered) {
  const FilePtr file = open_file(runtime(), folder() / "f", O_CREAT | O_RDWR);
  run(co_round_trip(runtime(), backend(), file, 0, std::size_t{3} << 20U, std::size_t{1} << 20U));
}

TEST_P(IoTransfer, what_was_written_at_odd_places_is_read_back) {
  const FilePtr file = open_file(runtime(), folder() / "f", O_CREAT | O_RDWR);
  run(co_round_trip(runtime(), backend(), file, 12345, 777777, 54321));
}

TEST_P(IoTransfer, what_was_written_is_read_back_past_the_cache) {
  const FilePtr file = open_direct(runtime(), folder() / "f", O_CREAT | O_RDWR);
  run(co_round_trip(runtime(), backend(), file, 4096, std::size_t{8} << 20U, std::size_t{4} << 20U));
}

TEST_P(IoTransfer, bytes_from_outside_the_pool_are_written) {
  const FilePtr file = open_file(runtime(), folder() / "f", O_CREAT | O_RDWR);
  run(backend().co_write_at(file, 7, chunk_of(7, 5'000'001)));
  Buffer into = buffer(largest_buffer);
  ReadDone done = run(backend().co_read_at(file, 7, std::move(into), largest_buffer));
  EXPECT_EQ(right_bytes(done.buffer.bytes().first(done.bytes), 7), largest_buffer);
  EXPECT_EQ(std::filesystem::file_size(folder() / "f"), 5'000'008U);
}

TEST_P(IoTransfer, an_empty_chunk_writes_nothing) {
  const FilePtr file = open_file(runtime(), folder() / "f", O_CREAT | O_RDWR);
  run(backend().co_write_at(file, 100, Chunk()));
  EXPECT_EQ(std::filesystem::file_size(folder() / "f"), 0U);
}

TEST_P(IoTransfer, a_read_is_short_only_at_the_end_of_the_file) {
  write_file(folder() / "f", 100'000);
  for (const bool direct : {false, true}) {
    const FilePtr file =
        direct ? open_direct(runtime(), folder() / "f", O_RDONLY) : open_file(runtime(), folder() / "f", O_RDONLY);
    ReadDone last = run(backend().co_read_at(file, 65'536, buffer(65'536), 65'536));
    EXPECT_EQ(last.bytes, 100'000U - 65'536U);
    EXPECT_EQ(right_bytes(last.buffer.bytes().first(last.bytes), 65'536), last.bytes);
    last = run(backend().co_read_at(file, 102'400, std::move(last.buffer), 65'536));
    EXPECT_EQ(last.bytes, 0U);
  }
}

TEST_P(IoTransfer, a_read_takes_no_more_than_was_wanted) {
  write_file(folder() / "f", 100'000);
  const FilePtr file = open_file(runtime(), folder() / "f", O_RDONLY);
  Buffer into = buffer(65'536);
  into.bytes()[1000] = std::byte{0};
  fill(into.bytes(), 999'999);
  ReadDone done = run(backend().co_read_at(file, 10, std::move(into), 1000));
  EXPECT_EQ(done.bytes, 1000U);
  EXPECT_EQ(right_bytes(done.buffer.bytes().first(1000), 10), 1000U);
  EXPECT_EQ(right_bytes(done.buffer.bytes().subspan(1000), 999'999 + 1000), 65'536U - 1000U);
}

TEST_P(IoTransfer, a_read_wants_no_more_than_its_buffer_holds) {
  write_file(folder() / "f", 100'000);
  const FilePtr file = open_file(runtime(), folder() / "f", O_RDONLY);
  Buffer into = buffer(smallest_buffer);
  ReadDone done = run(backend().co_read_at(file, 0, std::move(into), 100'000));
  EXPECT_EQ(done.bytes, smallest_buffer);
}

TEST_P(IoTransfer, a_file_opened_non_blocking_is_read) {
  // Of a file system whose reads cannot be made without waiting.
  const FilePtr file = open_file(runtime(), "/proc/version", O_RDONLY | O_NONBLOCK);
  ReadDone done = run(backend().co_read_at(file, 0, buffer(smallest_buffer), smallest_buffer));
  EXPECT_GT(done.bytes, 0U);
}

TEST_P(IoTransfer, syncing_succeeds_on_a_file) {
  const FilePtr file = open_file(runtime(), folder() / "f", O_CREAT | O_RDWR);
  run(backend().co_write_at(file, 0, chunk_of(0, 10)));
  run(backend().co_sync(file, true));
  run(backend().co_sync(file, false));
  EXPECT_EQ(observer().begun(IoKind::sync), 2U);
}

TEST_P(IoTransfer, the_observer_learns_what_was_moved) {
  const FilePtr file = open_file(runtime(), folder() / "f", O_CREAT | O_RDWR);
  run(backend().co_write_at(file, 0, chunk_of(0, 10'000)));
  Buffer into = buffer(smallest_buffer);
  run(backend().co_read_at(file, 0, std::move(into), smallest_buffer));
  EXPECT_EQ(observer().bytes(IoKind::write), 10'000U);
  EXPECT_EQ(observer().bytes(IoKind::read), 10'000U);
}

TEST_P(IoTransfer, errors_carry_the_systems_code) {
  const FilePtr none = std::make_shared<File>(1'000'000, runtime().reaper());
  const FilePtr directory = open_file(runtime(), folder(), O_RDONLY | O_DIRECTORY);
  const FilePtr full = open_file(runtime(), "/dev/full", O_WRONLY);
  const FilePtr null = open_file(runtime(), "/dev/null", O_WRONLY);
  const FilePtr plain = open_file(runtime(), folder() / "f", O_CREAT | O_RDWR);
  const auto code_of = [this](auto task) { return run(co_error_of(std::move(task))).code().value(); };
  constexpr std::uint64_t below_zero = UINT64_MAX;

  EXPECT_EQ(code_of(backend().co_read_at(none, 0, buffer(smallest_buffer), 10)), EBADF);
  EXPECT_EQ(code_of(backend().co_write_at(none, 0, chunk_of(0, 10))), EBADF);
  EXPECT_EQ(code_of(backend().co_sync(none, false)), EBADF);
  EXPECT_EQ(code_of(backend().co_read_at(directory, 0, buffer(smallest_buffer), 10)), EISDIR);
  EXPECT_EQ(code_of(backend().co_write_at(full, 0, chunk_of(0, 10))), ENOSPC);
  EXPECT_EQ(code_of(backend().co_sync(null, true)), EINVAL);
  EXPECT_EQ(code_of(backend().co_read_at(plain, below_zero, buffer(smallest_buffer), 10)), EINVAL);
  EXPECT_EQ(code_of(backend().co_write_at(plain, below_zero, chunk_of(0, 10))), EINVAL);
}

TEST_P(IoTransfer, a_full_device_is_an_error_of_its_own_kind) {
  const FilePtr full = open_file(runtime(), "/dev/full", O_WRONLY);
  const Error error = run(co_error_of(backend().co_write_at(full, 0, chunk_of(0, 10))));
  EXPECT_EQ(error.kind(), ErrorKind::no_space);
}

Task<int> co_try_thread(IoBackend& backend, bool& same) {
  const auto own = std::this_thread::get_id();
  auto there = std::make_shared<std::thread::id>();
  std::function<int()> call = [there] {
    *there = std::this_thread::get_id();
    return 17;
  };
  const int value = co_await backend.co_try("call", std::move(call));
  same = *there == own;
  co_return value;
}

TEST_P(IoTransfer, a_blocking_call_runs_inline_only_on_the_runtimes_own_threads) {
  bool same = false;
  EXPECT_EQ(run(co_try_thread(backend(), same)), 17);
  EXPECT_EQ(same, !runtime().attached());
  EXPECT_EQ(observer().begun(IoKind::name), 1U);
}

TEST_P(IoTransfer, a_blocking_calls_negative_answer_is_returned_or_thrown) {
  const std::function<int()> failing = [] { return -EACCES; };
  EXPECT_EQ(run(backend().co_try("open", failing)), -EACCES);
  const Error error = run(co_error_of(backend().co_call("open", failing)));
  EXPECT_EQ(error.code().value(), EACCES);
  EXPECT_EQ(error.kind(), ErrorKind::permission_denied);
  EXPECT_NE(std::string(error.what()).find("open"), std::string::npos);
  const std::function<int()> succeeding = [] { return 5; };
  EXPECT_EQ(run(backend().co_call("open", succeeding)), 5);
}

/// Writes one block and reads it back.
Task<bool> co_one_block(IoBackend& backend, FilePtr file, std::uint64_t offset, Buffer buffer) {
  fill(buffer.bytes(), offset);
  const std::size_t size = buffer.size();
  Chunk chunk = std::move(buffer).share(size);
  co_await backend.co_write_at(file, offset, chunk);
  co_return true;
}

Task<bool> co_check_block(IoBackend& backend, FilePtr file, std::uint64_t offset, Buffer buffer) {
  const std::size_t size = buffer.size();
  ReadDone done = co_await backend.co_read_at(file, offset, std::move(buffer), size);
  co_return done.bytes == size&& right_bytes(done.buffer.bytes(), offset) == size;
}

TEST_P(IoTransfer, thousands_of_operations_may_be_in_flight_on_all_loops_at_once) {
  constexpr std::size_t count = 5000;
  const FilePtr file = open_file(runtime(), folder() / "f", O_CREAT | O_RDWR);
  for (const bool writing : {true, false}) {
    std::vector<Started<bool>> blocks;
    for (std::size_t i = 0; i < count; ++i) {
      Buffer block = buffer(smallest_buffer);
      ASSERT_EQ(block.size(), smallest_buffer);
      const std::uint64_t offset = i * smallest_buffer;
      blocks.push_back(start(runtime().executor(), writing
                                                       ? co_one_block(backend(), file, offset, std::move(block))
                                                       : co_check_block(backend(), file, offset, std::move(block))));
    }
    for (auto& block : blocks) EXPECT_TRUE(run(block.co_result()));
  }
}

TEST_P(IoTransfer, results_arrive_on_the_awaiting_strand) {
  write_file(folder() / "f", std::size_t{64} * smallest_buffer);
  const FilePtr file = open_file(runtime(), folder() / "f", O_RDONLY);
  const auto strand = boost::asio::make_strand(runtime().executor());
  int inside = 0;
  auto reader = [](IoBackend& io, boost::asio::strand<boost::asio::any_io_executor> own, FilePtr from,
                   std::uint64_t offset, Buffer into, int& within) -> Task<bool> {
    bool alone = true;
    for (int i = 0; i < 20; ++i) {
      ReadDone done = co_await io.co_read_at(from, offset, std::move(into), smallest_buffer);
      into = std::move(done.buffer);
      alone = alone && own.running_in_this_thread() && ++within == 1;
      --within;
    }
    co_return alone;
  };
  std::vector<Started<bool>> readers;
  for (std::size_t i = 0; i < 64; ++i) {
    Buffer into = buffer(smallest_buffer);
    readers.push_back(start(boost::asio::any_io_executor(strand),
                            reader(backend(), strand, file, i * smallest_buffer, std::move(into), inside)));
  }
  for (auto& each : readers) EXPECT_TRUE(run(each.co_result()));
}

}  // namespace
}  // namespace coffer::test
