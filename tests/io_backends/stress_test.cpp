#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include <boost/asio/strand.hpp>

#include "io_backends/io_backend_contract.hpp"
#include "support/cancelled_after.hpp"
#include "support/random_seed.hpp"

namespace coffer::test {
namespace {

using IoStress = IoBackendContract;
COFFER_ON_IO_BACKENDS(IoStress, all_io_backends());

constexpr std::size_t region = std::size_t{256} << 10U;

/// Writes part of a region, or reads part of it and checks every byte: all that was ever written there is the same.
Task<bool> co_step(IoBackend& backend, FilePtr file, std::uint64_t offset, Buffer buffer, std::size_t size,
                   bool writing) {
  if (writing) {
    fill(buffer.bytes().first(size), offset);
    Chunk chunk = std::move(buffer).share(size);
    co_await backend.co_write_at(file, offset, chunk);
    co_return true;
  }
  ReadDone done = co_await backend.co_read_at(file, offset, std::move(buffer), size);
  co_return done.bytes == size&& right_bytes(done.buffer.bytes().first(size), offset) == size;
}

Task<bool> co_worker(Runtime& runtime, IoBackend& backend, FilePtr direct, FilePtr buffered, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  BudgetShare share = runtime.pool().open_share("worker");
  bool right = true;
  for (int step = 0; step < 40; ++step) {
    const bool use_direct = random() % 2 == 0;
    const std::size_t unit = use_direct ? 4096 : 1;
    const std::size_t first = random() % (region / 2) / unit * unit;
    const std::size_t size = std::max<std::size_t>(random() % (region / 2) / unit, 1) * unit;
    const std::uint64_t offset = random() % 16 * region + first;
    const bool writing = random() % 2 == 0;
    const bool cancelling = random() % 3 == 0;
    const auto turns = static_cast<unsigned>(random() % 8);
    Buffer buffer = share.need(size);
    const std::size_t part = std::min(size, buffer.size());
    const FilePtr& file = use_direct ? direct : buffered;
    Task<bool> task = co_step(backend, file, offset, std::move(buffer), part, writing);
    if (cancelling) {
      const std::optional<bool> answer = co_await co_cancelled_after(std::move(task), turns);
      right = right && answer.value_or(true);
    } else {
      const bool answer = co_await std::move(task);
      right = right && answer;
    }
  }
  co_return right;
}

TEST_P(IoStress, random_reads_writes_and_cancellations_leave_right_bytes_and_no_buffer_behind) {
  const std::uint64_t seed = random_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  write_file(folder() / "f", std::size_t{16} * region);
  const FilePtr direct = open_direct(runtime(), folder() / "f", O_RDWR);
  const FilePtr buffered = open_file(runtime(), folder() / "f", O_RDWR);
  std::vector<Started<bool>> workers;
  for (std::uint64_t i = 0; i < 16; ++i) {
    const boost::asio::any_io_executor strand = boost::asio::make_strand(runtime().executor());
    workers.push_back(start(strand, co_worker(runtime(), backend(), direct, buffered, seed + i)));
  }
  for (auto& worker : workers) EXPECT_TRUE(run(worker.co_result()));
  EXPECT_EQ(runtime().pool().use().granted, 0U);
}

}  // namespace
}  // namespace coffer::test
