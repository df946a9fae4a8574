#include <set>
#include <string>
#include <vector>

#include <coffer/base/literals.hpp>
#include <gtest/gtest.h>

#include "storage/block_sums.hpp"
#include "storage/cache_entries.hpp"
#include "storage/read_ahead.hpp"

namespace coffer {
namespace {

AheadFacts facts_of(Distance distance, std::uint64_t size, std::uint64_t memory_room, std::uint64_t disk_limit) {
  AheadFacts facts;
  facts.distance = distance;
  facts.size = size;
  facts.wanted = {0, size};
  facts.memory_room = memory_room;
  facts.disk_limit = disk_limit;
  return facts;
}

TEST(PlanAhead, what_is_in_memory_is_not_read_ahead) {
  EXPECT_EQ(plan_ahead(facts_of(Distance::memory, 10, 100, 100)), AheadPlan());
}

TEST(PlanAhead, what_fits_in_memory_goes_there) {
  EXPECT_EQ(plan_ahead(facts_of(Distance::network, 100, 100, 1000)), (AheadPlan{100, false}));
  EXPECT_EQ(plan_ahead(facts_of(Distance::disk, 100, 100, 1000)), (AheadPlan{100, false}));
}

TEST(PlanAhead, what_does_not_fit_in_memory_goes_to_the_disk_as_a_whole) {
  EXPECT_EQ(plan_ahead(facts_of(Distance::network, 101, 100, 1000)), (AheadPlan{0, true}));
  EXPECT_EQ(plan_ahead(facts_of(Distance::network, 101, 100, size_with_sums(101))), (AheadPlan{0, true}));
}

TEST(PlanAhead, where_the_disk_cannot_take_it_memory_gets_what_it_has_room_for) {
  EXPECT_EQ(plan_ahead(facts_of(Distance::network, 101, 100, size_with_sums(101) - 1)), (AheadPlan{100, false}));
  EXPECT_EQ(plan_ahead(facts_of(Distance::network, 101, 100, 0)), (AheadPlan{100, false}));
  EXPECT_EQ(plan_ahead(facts_of(Distance::network, 101, 0, 0)), AheadPlan());
}

TEST(PlanAhead, what_lies_on_a_disk_is_not_copied_to_another) {
  EXPECT_EQ(plan_ahead(facts_of(Distance::disk, 101, 100, 1000)), (AheadPlan{100, false}));
}

TEST(PlanAhead, a_part_of_an_object_goes_to_memory_alone) {
  AheadFacts facts = facts_of(Distance::network, 1000, 100, 10'000);
  facts.wanted = {500, 200};
  EXPECT_EQ(plan_ahead(facts), (AheadPlan{100, false}));
}

TEST(CacheKey, is_the_same_in_every_process_and_another_for_every_uri) {
  EXPECT_EQ(cache_key(Uri("s3://bucket/a")), "aa10f8a2c164f1ff");
  std::set<std::string> keys;
  for (int i = 0; i < 1000; ++i) keys.insert(cache_key(Uri("s3://bucket/" + std::to_string(i))));
  EXPECT_EQ(keys.size(), 1000U);
  for (const std::string& key : keys) EXPECT_TRUE(is_cache_key(key)) << key;
}

TEST(CacheKey, other_names_are_not_taken_for_one) {
  for (const char* name :
       {"", "4b00d3be18f7aaf", "4b00d3be18f7aaf00", "4B00D3BE18F7AAF0", "4b00d3be/8f7aaf0", "readme"}) {
    EXPECT_FALSE(is_cache_key(name)) << name;
  }
}

std::vector<std::string> evicted(const std::vector<CacheEntry>& entries, std::uint64_t coming, std::uint64_t limit) {
  std::vector<std::string> keys;
  for (const CacheEntry& entry : entries_to_evict(entries, coming, limit)) keys.push_back(entry.key);
  return keys;
}

TEST(EntriesToEvict, none_go_while_the_limit_is_kept) {
  EXPECT_EQ(evicted({{"a", 10, 1}, {"b", 10, 2}}, 10, 30), std::vector<std::string>());
}

TEST(EntriesToEvict, the_least_recently_read_go_first_and_no_more_than_must) {
  const std::vector<CacheEntry> entries = {{"new", 10, 30}, {"old", 10, 10}, {"middle", 10, 20}};
  EXPECT_EQ(evicted(entries, 1, 30), std::vector<std::string>({"old"}));
  EXPECT_EQ(evicted(entries, 11, 30), std::vector<std::string>({"old", "middle"}));
  EXPECT_EQ(evicted(entries, 99, 30), std::vector<std::string>({"old", "middle", "new"}));
}

TEST(EntriesToEvict, what_is_awaited_goes_after_all_others) {
  const std::vector<CacheEntry> entries = {{"awaited", 10, 10, true, true}, {"read", 10, 20}, {"new", 10, 30}};
  EXPECT_EQ(evicted(entries, 11, 30), std::vector<std::string>({"read", "new"}));
  EXPECT_EQ(evicted(entries, 21, 30), std::vector<std::string>({"read", "new", "awaited"}));
}

TEST(EntriesToEvict, what_is_not_the_caches_own_counts_and_stays) {
  EXPECT_EQ(evicted({{"theirs", 25, 1, false}, {"a", 10, 2}}, 0, 30), std::vector<std::string>({"a"}));
}

TEST(BlockSums, each_group_is_followed_by_its_checksums) {
  EXPECT_EQ(size_with_sums(0), 0U);
  EXPECT_EQ(size_with_sums(1), 5U);
  EXPECT_EQ(size_with_sums(16_KiB), 16_KiB + 4);
  EXPECT_EQ(size_with_sums(64_MiB), 64_MiB + 16_KiB);
  EXPECT_EQ(size_with_sums(64_MiB + 1), 64_MiB + 16_KiB + 5);
  EXPECT_EQ(place_with_sums(64_MiB - 1), 64_MiB - 1);
  EXPECT_EQ(place_with_sums(64_MiB), 64_MiB + 16_KiB);
  EXPECT_EQ(sums_of_group(0, 1), (Extent{1, 4}));
  EXPECT_EQ(sums_of_group(5, 64_MiB + 1), (Extent{64_MiB, 16_KiB}));
  EXPECT_EQ(sums_of_group(64_MiB, 64_MiB + 1), (Extent{64_MiB + 16_KiB + 1, 4}));
}

}  // namespace
}  // namespace coffer
