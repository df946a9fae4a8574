#include "storage/readback_ahead.hpp"

#include <algorithm>
#include <utility>

namespace coffer {
namespace {

/// What is read at once, up to a multiple of it.
constexpr std::uint64_t step = std::uint64_t{1} << 20U;
constexpr std::size_t full_depth = 4;

Task<Chunk> co_read(std::shared_ptr<Readback> readback, std::shared_ptr<BudgetShare> share, std::uint64_t offset,
                    std::size_t at_most) {
  co_return co_await readback->co_read_at(*share, offset, at_most);
}

}  // namespace

ReadbackAhead::ReadbackAhead(Runtime& runtime, std::string holder)
    : runtime_(runtime), share_(std::make_shared<BudgetShare>(runtime.pool().open_share(std::move(holder)))) {}

bool ReadbackAhead::wants_more() const {
  if (reads_.size() >= depth_) return false;
  const PoolUse use = runtime_.pool().use();
  return reads_.empty() || use.granted < use.budget / 4 * 3;
}

void ReadbackAhead::start(const boost::asio::any_io_executor& executor, std::shared_ptr<Readback> readback,
                          std::uint64_t offset, std::uint64_t room) {
  if (!reads_.empty() && next_ != offset) reads_.clear();
  Read read;
  read.offset = offset;
  read.length = static_cast<std::size_t>(std::min(room, step - offset % step));
  read.chunk = coffer::start(runtime_.scope(), executor, co_read(std::move(readback), share_, offset, read.length));
  next_ = offset + read.length;
  reads_.push_back(std::move(read));
}

Task<Chunk> ReadbackAhead::co_take() {
  Read first = std::move(reads_.front());
  reads_.pop_front();
  Chunk chunk;
  try {
    // Deaf, as reads are short and cannot be stopped; a cancellation is seen at the next await.
    chunk = co_await first.chunk.co_result_shielded();
  } catch (...) {
    reads_.clear();
    throw;
  }
  const bool whole = chunk.size() == first.length;
  if (!whole) {
    reads_.clear();
    next_ = first.offset + chunk.size();
  }
  depth_ = whole ? std::min(2 * depth_, full_depth) : 1;
  co_return chunk;
}

}  // namespace coffer
