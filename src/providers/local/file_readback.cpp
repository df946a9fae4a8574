#include "providers/local/file_readback.hpp"

#include <algorithm>
#include <utility>

#include "providers/local/aligned_window.hpp"

namespace coffer {
namespace {

constexpr std::size_t largest_read = std::size_t{1} << 20U;

}  // namespace

FileReadback::FileReadback(std::shared_ptr<IoBackend> io, FilePtr file, std::uint32_t alignment, Subject subject)
    : io_(std::move(io)), file_(std::move(file)), alignment_(alignment), subject_(std::move(subject)) {}

void FileReadback::written(std::uint64_t offset, std::uint64_t length) {
  const std::lock_guard lock(mutex_);
  std::uint64_t end = readable_.load(std::memory_order_relaxed);
  if (offset != end) {
    beyond_gap_.emplace(offset, offset + length);
    return;
  }
  end += length;
  while (!beyond_gap_.empty() && beyond_gap_.begin()->first == end) {
    end = beyond_gap_.begin()->second;
    beyond_gap_.erase(beyond_gap_.begin());
  }
  readable_.store(end, std::memory_order_release);
}

Task<Chunk> FileReadback::co_read_at(BudgetShare& share, std::uint64_t offset, std::size_t at_most) {
  return co_named(subject_, co_read_window(share, offset, at_most));
}

Task<Chunk> FileReadback::co_read_window(BudgetShare& share, std::uint64_t offset, std::size_t at_most) {
  const std::uint64_t end = readable();
  if (offset >= end || at_most == 0) {
    throw Error(ErrorKind::range_not_satisfiable, "byte " + std::to_string(offset) + " is not yet written");
  }
  Extent wanted;
  wanted.offset = offset;
  wanted.length = std::min<std::uint64_t>({end - offset, at_most, largest_read});
  Buffer buffer = share.need(AlignedWindow::over(wanted, alignment_, largest_buffer).length);
  const AlignedWindow window = AlignedWindow::over(wanted, alignment_, buffer.size());
  ReadDone done = co_await io_->co_read_at(file_, window.offset, std::move(buffer), window.length);
  if (done.bytes <= window.skip) {
    throw Error(ErrorKind::corrupt, "the file ends before byte " + std::to_string(offset) +
                                        ", which was written: another program has cut it");
  }
  const std::size_t got = std::min(done.bytes - window.skip, window.covers(wanted.length));
  const Chunk all = std::move(done.buffer).share(done.bytes);
  co_return all.slice(window.skip, got);
}

}  // namespace coffer
