#include "providers/memory/blocks.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include <coffer/base/error.hpp>

namespace coffer {
namespace {

constexpr std::uint64_t largest_block = std::uint64_t{1} << 20U;

std::shared_ptr<std::byte[]> allocate(std::size_t bytes) {
  try {
    return std::make_shared_for_overwrite<std::byte[]>(bytes);
  } catch (const std::bad_alloc&) {
    throw Error(ErrorKind::no_space, "the machine has no memory left for a store in memory");
  }
}

}  // namespace

bool Capacity::take(std::uint64_t bytes) noexcept {
  std::uint64_t free = free_.load(std::memory_order_relaxed);
  while (free >= bytes) {
    if (free_.compare_exchange_weak(free, free - bytes, std::memory_order_relaxed)) return true;
  }
  return false;
}

/// Changed by the one writer only, through GrowingBlocks.
struct Blocks::Taken {
  explicit Taken(std::shared_ptr<Capacity> from) : capacity(std::move(from)) {}
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;
  ~Taken() { capacity->give_back(bytes); }

  std::shared_ptr<Capacity> capacity;
  std::uint64_t bytes = 0;
};

Chunk Blocks::at(std::uint64_t offset, std::size_t at_most, std::size_t& hint) const noexcept {
  const auto holds = [&](std::size_t index) {
    return index < blocks_.size() && blocks_[index].offset <= offset &&
           offset - blocks_[index].offset < blocks_[index].room;
  };
  if (!holds(hint)) ++hint;
  if (!holds(hint)) {
    const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), offset,
                                        [](std::uint64_t at, const Block& block) { return at < block.offset; });
    hint = static_cast<std::size_t>(after - blocks_.begin()) - 1;
  }
  const Block& block = blocks_[hint];
  const std::uint64_t end = std::min(block.offset + block.room, size_);
  const std::size_t size = std::min<std::uint64_t>(at_most, end - offset);
  return {std::shared_ptr<const void>(block.bytes, block.bytes.get()),
          {block.bytes.get() + (offset - block.offset), size}};
}

GrowingBlocks::GrowingBlocks(std::shared_ptr<Capacity> capacity, std::uint64_t expected)
    : capacity_(std::move(capacity)), expected_(expected) {
  blocks_.taken_ = std::make_shared<Blocks::Taken>(capacity_);
}

std::span<std::byte> GrowingBlocks::room(std::size_t wanted) {
  // Only the writer changes the list, so it may look without the mutex.
  std::vector<Blocks::Block>& list = blocks_.blocks_;
  const std::uint64_t size = blocks_.size_;
  if (list.empty() || size == list.back().offset + list.back().room) {
    // As much again as there is: a small object takes what it needs, a large one blocks of full size.
    const std::uint64_t rest = expected_ > size ? expected_ - size : std::max<std::uint64_t>(wanted, size);
    const std::size_t bytes = std::min(rest, largest_block);
    Blocks::Block block{size, bytes, allocate(bytes)};
    const std::lock_guard lock(mutex_);
    list.push_back(std::move(block));
  }
  const Blocks::Block& last = list.back();
  const std::size_t used = size - last.offset;
  const std::size_t bytes = std::min(wanted, last.room - used);
  if (!capacity_->take(bytes)) throw Error(ErrorKind::no_space, "the store in memory has reached its capacity");
  blocks_.taken_->bytes += bytes;
  return {last.bytes.get() + used, bytes};
}

void GrowingBlocks::grow(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  blocks_.size_ += bytes;
  size_.store(blocks_.size_, std::memory_order_release);
}

Chunk GrowingBlocks::at(std::uint64_t offset, std::size_t at_most) const {
  const std::lock_guard lock(mutex_);
  std::size_t hint = 0;
  return blocks_.at(offset, at_most, hint);
}

Blocks GrowingBlocks::blocks() const {
  const std::lock_guard lock(mutex_);
  return blocks_;
}

}  // namespace coffer
