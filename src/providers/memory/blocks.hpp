#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include <coffer/base/chunk.hpp>

namespace coffer {

/// How much a store in memory may hold. Thread-safe.
class Capacity {
 public:
  explicit Capacity(std::uint64_t bytes) noexcept : free_(bytes) {}
  /// False where so much is not free; then nothing was taken.
  bool take(std::uint64_t bytes) noexcept;
  void give_back(std::uint64_t bytes) noexcept { free_.fetch_add(bytes, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> free_;
};

/// The bytes of an object in pieces of at most 1 MiB, so that no large one needs contiguous memory. Immutable; copies
/// share the pieces. The capacity that they took is given back with the last copy.
class Blocks {
 public:
  Blocks() = default;
  std::uint64_t size() const noexcept { return size_; }
  /// From `offset`, which lies below size(), at most to the end of its block: shares the memory. `hint` is the block
  /// where the last call ended; any value is right.
  Chunk at(std::uint64_t offset, std::size_t at_most, std::size_t& hint) const noexcept;

 private:
  friend class GrowingBlocks;
  struct Block {
    std::uint64_t offset = 0;  ///< Of its first byte in the object.
    std::size_t room = 0;
    std::shared_ptr<std::byte[]> bytes;
  };
  struct Taken;

  std::vector<Block> blocks_;
  std::uint64_t size_ = 0;
  std::shared_ptr<Taken> taken_;
};

/// Bytes that are being written: one writer, any readers, all at the same time.
class GrowingBlocks {
 public:
  /// `expected` is the final size where it is known, else 0.
  GrowingBlocks(std::shared_ptr<Capacity> capacity, std::uint64_t expected);
  GrowingBlocks(const GrowingBlocks&) = delete;
  GrowingBlocks& operator=(const GrowingBlocks&) = delete;

  /// Room for the next bytes, at least one and at most `wanted`. Fill all of it, then grow() by it. Writer only. Throws
  /// Error{no_space}.
  std::span<std::byte> room(std::size_t wanted);
  void grow(std::size_t bytes);

  std::uint64_t size() const noexcept { return size_.load(std::memory_order_acquire); }
  /// As Blocks::at.
  Chunk at(std::uint64_t offset, std::size_t at_most) const;
  /// All that was written until now.
  Blocks blocks() const;

 private:
  std::shared_ptr<Capacity> capacity_;
  std::uint64_t expected_;
  mutable std::mutex mutex_;  ///< Guards the list; bytes below size_ never change.
  Blocks blocks_;
  std::atomic<std::uint64_t> size_ = 0;
};

}  // namespace coffer
