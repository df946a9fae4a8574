#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace coffer {

/// Which blocks of equal slabs are free: a buddy allocator over unit numbers, without memory of its own behind them. A
/// slab is 2^8 units, a block 2^order units at a multiple of its size. Blocks are reused last in, first out.
class BuddyBlocks {
 public:
  static constexpr unsigned slab_order = 8;
  static constexpr std::size_t units_per_slab = std::size_t{1} << slab_order;

  /// The first unit of a free block; nothing where a slab must be added first.
  std::optional<std::size_t> allocate(unsigned order);
  /// Gives a block back and joins it with its free neighbours.
  void release(std::size_t unit, unsigned order);
  /// One more slab, all free.
  void add_slab();
  std::size_t slabs() const noexcept { return units_.size() / units_per_slab; }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  static constexpr std::int8_t not_free = -1;
  /// Links of the free list of its order, for the first unit of a free block.
  struct Unit {
    std::uint32_t before = none;
    std::uint32_t after = none;
    std::int8_t free_order = not_free;
  };

  void push(std::size_t unit, unsigned order);
  void take_out(std::size_t unit);

  std::vector<Unit> units_;
  std::array<std::uint32_t, slab_order + 1> heads_{none, none, none, none, none, none, none, none, none};
};

}  // namespace coffer
