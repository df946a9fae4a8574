#include <cstdio>
#include <memory>
#include <string>
#include <tuple>

#include <coffer/base/error.hpp>
#include <coffer/io_backends/make_io_backend.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "io_backends/io_backend.hpp"
#include "io_backends/io_backend_contract.hpp"
#include "io_backends/mounted_file_system.hpp"

namespace coffer::test {
namespace {

using FileSystemCase = std::tuple<std::string, std::string>;

/// Who may not mount checks the folder's own file system under each name, and says so.
class FileSystems : public testing::TestWithParam<FileSystemCase> {
 protected:
  FileSystems() {
    const auto& [name, kind] = GetParam();
    const bool mounts = can_mount();
    if (!mounts) std::printf("no right to mount: checked on the file system of the temporary folder\n");
    files = std::make_unique<MountedFileSystem>(mounts ? kind : "folder");
    runtime = std::make_unique<Runtime>();
    backend = make_io_backend(*runtime, name);
  }

  // Destroyed from the bottom up: the Runtime closes the files, so that the mount can go.
  std::unique_ptr<MountedFileSystem> files;
  std::unique_ptr<Runtime> runtime;
  std::shared_ptr<IoBackend> backend;
};
INSTANTIATE_TEST_SUITE_P(On, FileSystems,
                         testing::Combine(testing::ValuesIn(all_io_backends()),
                                          testing::Values("ext4", "xfs", "btrfs", "tmpfs", "overlay")),
                         [](const testing::TestParamInfo<FileSystemCase>& info) {
                           return std::get<0>(info.param) + "_" + std::get<1>(info.param);
                         });

/// Writes a file of several buffers, an odd rest included, and reads it back; all of it in flight at once.
Task<bool> co_part(Runtime& runtime, IoBackend& backend, FilePtr to, FilePtr from, std::uint64_t offset,
                   std::size_t size) {
  BudgetShare share = runtime.pool().open_share("test");
  Buffer buffer = share.need(size);
  fill(buffer.bytes().first(size), offset);
  Chunk chunk = std::move(buffer).share(size);
  co_await backend.co_write_at(to, offset, chunk);
  co_await backend.co_sync(to, false);
  Buffer into = share.need(size);
  ReadDone done = co_await backend.co_read_at(from, offset, std::move(into), size);
  co_return done.bytes == size&& right_bytes(done.buffer.bytes().first(size), offset) == size;
}

Task<bool> co_whole_file(Runtime& runtime, IoBackend& backend, FilePtr direct, FilePtr buffered) {
  constexpr std::size_t part = std::size_t{1} << 20U;
  constexpr std::uint64_t parts = 12;
  const auto executor = co_await boost::asio::this_coro::executor;
  std::vector<Started<bool>> all;
  for (std::uint64_t i = 0; i < parts; ++i) {
    all.push_back(start(executor, co_part(runtime, backend, direct, direct, i * part, part)));
  }
  bool right = true;
  for (auto& each : all) {
    const bool one = co_await each.co_result();
    right = right && one;
  }
  const bool rest = co_await co_part(runtime, backend, buffered, buffered, parts * part, 12'345);
  BudgetShare share = runtime.pool().open_share("test");
  Buffer into = share.need(smallest_buffer);
  const ReadDone end = co_await backend.co_read_at(buffered, parts * part + 12'345, std::move(into), 1);
  co_return right&& rest&& end.bytes == 0;
}

TEST_P(FileSystems, a_file_is_written_direct_with_its_rest_buffered_and_read_back) {
  const auto path = files->path() / "f";
  const FilePtr direct = open_direct(*runtime, path, O_CREAT | O_RDWR);
  const FilePtr buffered = open_file(*runtime, path, O_RDWR);
  EXPECT_TRUE(runtime->run(co_whole_file(*runtime, *backend, direct, buffered)));
  EXPECT_EQ(std::filesystem::file_size(path), (std::size_t{12} << 20U) + 12'345);
}

}  // namespace
}  // namespace coffer::test
