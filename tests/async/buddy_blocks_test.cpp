#include "async/buddy_blocks.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace coffer {
namespace {

TEST(BuddyBlocks, has_nothing_before_a_slab_is_added) {
  BuddyBlocks blocks;
  EXPECT_FALSE(blocks.allocate(0));
  blocks.add_slab();
  EXPECT_TRUE(blocks.allocate(0));
}

TEST(BuddyBlocks, gives_a_whole_slab_only_where_none_of_it_is_used) {
  BuddyBlocks blocks;
  blocks.add_slab();
  const auto small = blocks.allocate(0);
  ASSERT_TRUE(small);
  EXPECT_FALSE(blocks.allocate(BuddyBlocks::slab_order));
  blocks.release(*small, 0);
  EXPECT_TRUE(blocks.allocate(BuddyBlocks::slab_order));
}

TEST(BuddyBlocks, reuses_the_block_that_was_given_back_last) {
  BuddyBlocks blocks;
  blocks.add_slab();
  const auto first = blocks.allocate(3);
  const auto second = blocks.allocate(3);
  ASSERT_TRUE(first && second);
  blocks.release(*first, 3);
  EXPECT_EQ(blocks.allocate(3), first);
}

TEST(BuddyBlocks, random_use_never_overlaps_and_ends_whole) {
  std::mt19937 random(20261122);
  BuddyBlocks blocks;
  constexpr std::size_t slabs = 3;
  for (std::size_t i = 0; i < slabs; ++i) blocks.add_slab();
  std::map<std::size_t, unsigned> held;
  for (int step = 0; step < 20000; ++step) {
    if (held.empty() || random() % 3 != 0) {
      const unsigned order = random() % (BuddyBlocks::slab_order + 1);
      const auto unit = blocks.allocate(order);
      if (!unit) continue;
      const std::size_t size = std::size_t{1} << order;
      ASSERT_EQ(*unit % size, 0U) << "a block lies at a multiple of its size";
      const auto next = held.lower_bound(*unit);
      ASSERT_TRUE(next == held.end() || *unit + size <= next->first);
      if (next != held.begin()) {
        const auto before = std::prev(next);
        ASSERT_LE(before->first + (std::size_t{1} << before->second), *unit);
      }
      held.emplace(*unit, order);
    } else {
      auto victim = std::next(held.begin(), static_cast<long>(random() % held.size()));
      blocks.release(victim->first, victim->second);
      held.erase(victim);
    }
  }
  for (const auto& [unit, order] : held) blocks.release(unit, order);
  for (std::size_t i = 0; i < slabs; ++i) EXPECT_TRUE(blocks.allocate(BuddyBlocks::slab_order));
  EXPECT_FALSE(blocks.allocate(0));
}

}  // namespace
}  // namespace coffer
