#include "storage/block_sums.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace coffer {
namespace {

constexpr std::uint64_t blocks_in(std::uint64_t bytes) noexcept { return (bytes + summed_block - 1) / summed_block; }

}  // namespace

std::uint64_t size_with_sums(std::uint64_t size) noexcept { return size + blocks_in(size) * sizeof(std::uint32_t); }

std::uint64_t place_with_sums(std::uint64_t offset) noexcept { return offset + offset / summed_group * summed_block; }

Extent sums_of_group(std::uint64_t offset, std::uint64_t size) noexcept {
  const std::uint64_t first = offset / summed_group * summed_group;
  const std::uint64_t bytes = std::min(summed_group, size - first);
  return {place_with_sums(first) + bytes, blocks_in(bytes) * sizeof(std::uint32_t)};
}

Task<> SumWriter::co_write(Chunk chunk) {
  while (!chunk.empty()) {
    if (!sums_) sums_ = co_await sink_.co_buffer(summed_block);
    const auto room = static_cast<std::size_t>(summed_group - in_group_);
    Chunk part = chunk.slice(0, room);
    chunk = chunk.from(part.size());
    for (std::span<const std::byte> left = part; !left.empty();) {
      const auto bytes = std::min<std::size_t>(left.size(), summed_block - in_block_);
      block_.update(left.first(bytes));
      left = left.subspan(bytes);
      in_block_ += bytes;
      if (in_block_ == summed_block) end_block();
    }
    in_group_ += part.size();
    co_await sink_.co_write(std::move(part));
    if (in_group_ == summed_group) co_await co_write_sums();
  }
}

Task<> SumWriter::co_finish() {
  if (in_block_ > 0) end_block();
  if (in_group_ > 0) co_await co_write_sums();
}

Task<> SumWriter::co_write_sums() {
  Chunk sums = std::move(*sums_).share(sums_size_);
  sums_.reset();
  sums_size_ = 0;
  in_group_ = 0;
  co_await sink_.co_write(std::move(sums));
}

void SumWriter::end_block() {
  const std::uint32_t sum = block_.value();
  for (unsigned i = 0; i < sizeof sum; ++i) sums_->data()[sums_size_++] = static_cast<std::byte>(sum >> (8U * i));
  block_ = Crc32c();
  in_block_ = 0;
}

}  // namespace coffer
