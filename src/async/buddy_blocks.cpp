#include "async/buddy_blocks.hpp"

namespace coffer {

std::optional<std::size_t> BuddyBlocks::allocate(unsigned order) {
  unsigned from = order;
  while (from <= slab_order && heads_[from] == none) ++from;
  if (from > slab_order) return std::nullopt;
  const std::size_t unit = heads_[from];
  take_out(unit);
  // The upper halves stay free.
  while (from > order) {
    --from;
    push(unit + (std::size_t{1} << from), from);
  }
  return unit;
}

void BuddyBlocks::release(std::size_t unit, unsigned order) {
  while (order < slab_order) {
    const std::size_t buddy = unit ^ (std::size_t{1} << order);
    if (units_[buddy].free_order != static_cast<std::int8_t>(order)) break;
    take_out(buddy);
    unit &= ~(std::size_t{1} << order);
    ++order;
  }
  push(unit, order);
}

void BuddyBlocks::add_slab() {
  const std::size_t first = units_.size();
  units_.resize(first + units_per_slab);
  push(first, slab_order);
}

void BuddyBlocks::push(std::size_t unit, unsigned order) {
  Unit& block = units_[unit];
  block = {none, heads_[order], static_cast<std::int8_t>(order)};
  if (block.after != none) units_[block.after].before = static_cast<std::uint32_t>(unit);
  heads_[order] = static_cast<std::uint32_t>(unit);
}

void BuddyBlocks::take_out(std::size_t unit) {
  Unit& block = units_[unit];
  if (block.before != none)
    units_[block.before].after = block.after;
  else
    heads_[static_cast<std::uint8_t>(block.free_order)] = block.after;
  if (block.after != none) units_[block.after].before = block.before;
  block = {};
}

}  // namespace coffer
