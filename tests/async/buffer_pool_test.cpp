#include <algorithm>
#include <atomic>
#include <cstring>
#include <list>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include <coffer/async/buffer_pool.hpp>
#include <coffer/base/error.hpp>
#include <coffer/base/literals.hpp>
#include <gtest/gtest.h>

namespace coffer {
namespace {

TEST(BufferPool, gives_what_is_wanted_rounded_up_to_a_power_of_two_and_aligned_to_it) {
  BufferPool pool(64_MiB);
  BudgetShare share = pool.open_share("a test");
  for (const std::size_t wanted :
       {std::size_t{1}, std::size_t{16384}, std::size_t{16385}, std::size_t{1} << 20U, std::size_t{9} << 20U}) {
    const Buffer buffer = share.need(wanted);
    EXPECT_EQ(buffer.size(), std::min(std::max(std::bit_ceil(wanted), smallest_buffer), largest_buffer));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % std::min<std::size_t>(buffer.size(), 4096), 0U);
    EXPECT_EQ(share.held(), buffer.size());
  }
  EXPECT_EQ(share.held(), 0U);
  EXPECT_EQ(pool.use().granted, 0U);
}

TEST(BufferPool, a_buffer_stays_charged_until_its_last_chunk_is_gone) {
  BufferPool pool(1_MiB);
  BudgetShare share = pool.open_share("a test");
  Chunk chunk = share.need(64_KiB).share(100);
  EXPECT_EQ(chunk.size(), 100U);
  Chunk part = chunk.slice(10, 5);
  chunk = Chunk();
  EXPECT_EQ(share.held(), 64_KiB);
  part = Chunk();
  EXPECT_EQ(share.held(), 0U);
}

TEST(BufferPool, a_need_shrinks_before_it_is_forced) {
  BufferPool pool(1_MiB);
  BudgetShare first = pool.open_share("first");
  const Buffer large = first.need(1_MiB - 1);
  ASSERT_EQ(large.size(), 1_MiB);
  BudgetShare second = pool.open_share("second");
  const Buffer forced = second.need(1_MiB);
  EXPECT_EQ(forced.size(), smallest_buffer);
  EXPECT_EQ(pool.use().granted, 1_MiB + smallest_buffer);

  BufferPool other(1_MiB);
  BudgetShare a = other.open_share("a");
  const Buffer most = a.need(512_KiB);
  const Buffer quarter = a.need(256_KiB);
  EXPECT_EQ(a.need(1_MiB).size(), 256_KiB);
}

TEST(BufferPool, past_twice_the_budget_the_holders_are_named) {
  BufferPool pool(64_KiB);
  BudgetShare hoarder = pool.open_share("read file:///data/hoarded.mp4");
  BudgetShare other = pool.open_share("read file:///data/other.mp4");
  std::vector<Buffer> held;
  while (pool.use().granted < 192_KiB) held.push_back(hoarder.need(16_KiB));
  const Buffer first = other.need(16_KiB);
  const Buffer second = other.need(16_KiB);
  EXPECT_EQ(first.size() + second.size(), 2 * smallest_buffer) << "what a stream needs to go on is never refused";
  try {
    const Buffer third = other.need(16_KiB);
    FAIL() << "was granted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::budget_exhausted);
    EXPECT_NE(error.message().find("read file:///data/hoarded.mp4 (192"), std::string::npos) << error.message();
  }
  held.resize(held.size() - 3);
  EXPECT_EQ(other.need(16_KiB).size(), smallest_buffer);
}

TEST(BufferPool, more_is_given_only_up_to_a_fair_part) {
  BufferPool pool(1_MiB);
  BudgetShare a = pool.open_share("a");
  BudgetShare b = pool.open_share("b");
  const auto half = a.try_more(1_MiB);
  ASSERT_TRUE(half);
  EXPECT_EQ(half->size(), 512_KiB);
  EXPECT_FALSE(a.try_more(16_KiB));
  EXPECT_TRUE(b.try_more(512_KiB, 512_KiB));
}

TEST(BufferPool, a_share_that_was_closed_leaves_its_part_to_the_others) {
  BufferPool pool(1_MiB);
  BudgetShare a = pool.open_share("a");
  Chunk kept;
  {
    BudgetShare b = pool.open_share("b");
    EXPECT_EQ(a.try_more(1_MiB)->size(), 512_KiB);
    kept = b.need(16_KiB).share(1);
  }
  EXPECT_EQ(pool.use().streams, 1U);
  EXPECT_EQ(pool.use().holders, 2U) << "with the one whose chunk is kept";
  EXPECT_EQ(a.try_more(1_MiB)->size(), 512_KiB) << "what is left beside the kept chunk";
  kept = Chunk();
  EXPECT_EQ(pool.use().holders, 1U);
  EXPECT_EQ(a.try_more(1_MiB)->size(), 1_MiB);
}

class Hoard : public Evictable {
 public:
  void evict(std::size_t bytes) noexcept override {
    const std::lock_guard lock(mutex);
    for (std::size_t freed = 0; freed < bytes && !chunks.empty(); chunks.pop_front()) freed += 64_KiB;
  }
  std::mutex mutex;
  std::list<Chunk> chunks;
};

TEST(BufferPool, takes_from_caches_before_it_forces) {
  BufferPool pool(1_MiB);
  BudgetShare owner = pool.open_share("owner");
  const auto cache = std::make_shared<Hoard>();
  pool.add_cache(cache);
  for (int i = 0; i < 16; ++i) cache->chunks.push_back(owner.need(64_KiB).share(1));
  BudgetShare reader = pool.open_share("reader");
  EXPECT_EQ(reader.need(256_KiB).size(), 256_KiB);
  EXPECT_EQ(cache->chunks.size(), 12U);
}

TEST(BufferPool, takes_what_is_spare_first_and_also_to_make_a_stream_faster) {
  BufferPool pool(1_MiB);
  BudgetShare owner = pool.open_share("owner");
  const auto spare = std::make_shared<Hoard>();
  const auto cache = std::make_shared<Hoard>();
  pool.add_spare(spare);
  pool.add_cache(cache);
  for (int i = 0; i < 8; ++i) spare->chunks.push_back(owner.need(64_KiB).share(1));
  for (int i = 0; i < 8; ++i) cache->chunks.push_back(owner.need(64_KiB).share(1));
  BudgetShare reader = pool.open_share("reader");
  const std::optional<Buffer> faster = reader.try_more(256_KiB);
  ASSERT_TRUE(faster);
  EXPECT_EQ(faster->size(), 256_KiB);
  EXPECT_EQ(spare->chunks.size(), 4U);
  const Buffer needed = reader.need(256_KiB);
  EXPECT_EQ(needed.size(), 256_KiB);
  EXPECT_EQ(spare->chunks.size(), 0U);
  EXPECT_EQ(cache->chunks.size(), 8U) << "nothing that a stream has use for";
  EXPECT_FALSE(reader.try_more(64_KiB)) << "nor for a faster stream later";
}

TEST(BufferPool, buffers_outlive_the_pool) {
  Chunk chunk;
  {
    BufferPool pool(1_MiB);
    Buffer buffer = pool.open_share("a test").need(16_KiB);
    std::memset(buffer.data(), 'x', buffer.size());
    chunk = std::move(buffer).share(3);
  }
  EXPECT_EQ(chunk.text(), "xxx");
}

TEST(BufferPool, slabs_are_found_by_address) {
  BufferPool pool(16_MiB);
  BudgetShare share = pool.open_share("a test");
  std::vector<Buffer> buffers;
  for (int i = 0; i < 4; ++i) buffers.push_back(share.need(largest_buffer));
  for (Buffer& buffer : buffers) {
    const auto slab = pool.slab_of(buffer.data() + buffer.size() - 1);
    ASSERT_TRUE(slab);
    EXPECT_EQ(pool.slab(*slab).data(), buffer.data());
  }
  std::byte elsewhere{};
  EXPECT_FALSE(pool.slab_of(&elsewhere));
}

// Streams that open, take, keep, give back and close at random, from several threads: the bound holds at every moment,
// nobody waits, and everything comes back.
TEST(BufferPool, random_streams_stay_within_the_bound_and_return_everything) {
  constexpr std::size_t budget = 2_MiB;
  BufferPool pool(budget);
  std::atomic<std::size_t> over = 0;
  auto stream = [&](unsigned seed) {
    std::mt19937 random(seed);
    for (int life = 0; life < 60; ++life) {
      BudgetShare share = pool.open_share("stream " + std::to_string(seed));
      std::vector<Chunk> kept;
      for (int step = 0; step < 50; ++step) {
        const std::size_t wanted = std::size_t{1} << (10U + random() % 13U);
        try {
          switch (random() % 3) {
            case 0:
              kept.push_back(share.need(wanted).share(1));
              break;
            case 1:
              if (auto more = share.try_more(wanted)) kept.push_back(std::move(*more).share(1));
              break;
            default:
              if (!kept.empty()) kept.erase(kept.begin() + static_cast<long>(random() % kept.size()));
          }
        } catch (const Error& error) {
          ASSERT_EQ(error.kind(), ErrorKind::budget_exhausted);
          kept.clear();
        }
        if (pool.use().granted > 2 * budget + 4 * 4 * smallest_buffer) ++over;
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed < 4; ++seed) threads.emplace_back(stream, seed);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(over, 0U);
  EXPECT_LE(pool.use().peak, 2 * budget + 4 * 4 * smallest_buffer);
  EXPECT_EQ(pool.use().granted, 0U);
  EXPECT_EQ(pool.use().streams, 0U);
}

// With one buffer at a time: a sink that stages what it was given has two.
TEST(BufferPool, streams_that_let_go_stay_within_the_budget_and_one_small_buffer_each) {
  constexpr std::size_t budget = 1_MiB;
  constexpr std::size_t streams = 40;
  BufferPool pool(budget);
  std::mt19937 random(7);
  std::vector<BudgetShare> shares;
  std::vector<Chunk> current(streams);
  for (std::size_t i = 0; i < streams; ++i) shares.push_back(pool.open_share(std::to_string(i)));
  for (int step = 0; step < 20000; ++step) {
    const std::size_t i = random() % streams;
    current[i] = Chunk();
    current[i] = shares[i].need(std::size_t{1} << (14U + random() % 7U)).share(1);
    ASSERT_LE(pool.use().granted, budget + streams * smallest_buffer);
  }
}

}  // namespace
}  // namespace coffer
