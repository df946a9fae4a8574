#pragma once

#include <cstdint>
#include <optional>

#include <coffer/base/byte_range.hpp>
#include <coffer/base/checksum.hpp>
#include <coffer/stream/byte_sink.hpp>

namespace coffer {

// How an object lies in a cache: groups of its bytes, each followed by the CRC-32C of each of its blocks (four bytes,
// little-endian). Any part can be checked before it is given away, and no more than one group's checksums are held.

/// One checksum for so many bytes. A buffer of this size is never refused.
inline constexpr std::uint64_t summed_block = smallest_buffer;
inline constexpr std::uint64_t blocks_per_group = summed_block / sizeof(std::uint32_t);
inline constexpr std::uint64_t summed_group = summed_block * blocks_per_group;

/// Bytes that an object of `size` bytes takes with its checksums.
std::uint64_t size_with_sums(std::uint64_t size) noexcept;
/// Where the byte at `offset` of the object lies.
std::uint64_t place_with_sums(std::uint64_t offset) noexcept;
/// Where the checksums of the group that has the byte at `offset` lie.
Extent sums_of_group(std::uint64_t offset, std::uint64_t size) noexcept;

/// Writes an object so. The sink outlives it.
class SumWriter {
 public:
  explicit SumWriter(ByteSink& sink) : sink_(sink) {}
  Task<> co_write(Chunk chunk);
  /// After the last byte; does not commit.
  Task<> co_finish();

 private:
  Task<> co_write_sums();
  void end_block();

  ByteSink& sink_;
  Crc32c block_;
  std::uint64_t in_block_ = 0;
  std::uint64_t in_group_ = 0;
  std::optional<Buffer> sums_;  // Of the group that is being written.
  std::size_t sums_size_ = 0;
};

}  // namespace coffer
