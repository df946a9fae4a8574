#include "storage/ranged_object.hpp"

#include <coffer/providers/memory.hpp>
#include <gtest/gtest.h>

#include "fakes/faulty_provider.hpp"
#include "support/test_loop.hpp"

namespace coffer {
namespace {

constexpr std::uint64_t gap = 10;
constexpr std::uint64_t largest = 100;

TEST(MergeNear, ranges_far_from_each_other_stay_apart) {
  const auto groups = merge_near({{500, 10}, {0, 10}, {21, 10}}, gap, largest);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].extent, (Extent{0, 10}));
  EXPECT_EQ(groups[0].members, std::vector<std::size_t>{1});
  EXPECT_EQ(groups[1].members, std::vector<std::size_t>{2});
  EXPECT_EQ(groups[2].members, std::vector<std::size_t>{0});
}

TEST(MergeNear, near_touching_and_overlapping_ranges_become_one) {
  const auto groups = merge_near({{30, 10}, {0, 10}, {20, 10}, {5, 3}, {8, 10}}, gap, largest);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].extent, (Extent{0, 40}));
  EXPECT_EQ(groups[0].members, (std::vector<std::size_t>{1, 3, 4, 2, 0}));
}

TEST(MergeNear, a_range_inside_another_does_not_shorten_it) {
  const auto groups = merge_near({{0, 50}, {10, 5}, {55, 5}}, gap, largest);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].extent, (Extent{0, 60}));
}

TEST(MergeNear, a_group_is_never_larger_than_the_limit) {
  const auto groups = merge_near({{0, 60}, {60, 40}, {100, 1}}, gap, largest);
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].extent, (Extent{0, 100}));
  EXPECT_EQ(groups[1].extent, (Extent{100, 1}));
}

TEST(MergeNear, of_nothing_is_nothing) { EXPECT_TRUE(merge_near({}, gap, largest).empty()); }

class RangedObjectTest : public testing::Test {
 protected:
  RangedObjectTest() { loop_.run(store_->co_store("key", std::string(200'000, 'a') + std::string(200'000, 'b'))); }

  test::TestLoop loop_{test::LoopKind::own_thread};
  std::shared_ptr<test::Faults> faults_ = std::make_shared<test::Faults>();
  ProviderPtr store_ = test::make_faulty_provider(loop_.runtime(), make_memory_provider(loop_.runtime()), faults_);
};

TEST_F(RangedObjectTest, near_ranges_take_one_open_and_far_ones_one_each) {
  const ObjectPtr object = loop_.run(store_->co_object("key", {}));
  EXPECT_EQ(faults_->calls("open"), 0U);
  const auto near = loop_.run(object->co_read_ranges({ByteRange::of(199'999, 2), ByteRange::of(250'000, 10)}));
  EXPECT_EQ(faults_->calls("open"), 1U);
  EXPECT_EQ(near[0].text(), "ab");
  EXPECT_EQ(near[1].text(), "bbbbbbbbbb");
  const auto far = loop_.run(object->co_read_ranges({ByteRange::of(0, 1), ByteRange::of(300'000, 1)}));
  EXPECT_EQ(faults_->calls("open"), 3U);
  EXPECT_EQ(far[0].text(), "a");
  EXPECT_EQ(far[1].text(), "b");
}

TEST_F(RangedObjectTest, a_range_that_cannot_be_satisfied_fails_before_anything_is_read) {
  const ObjectPtr object = loop_.run(store_->co_object("key", {}));
  EXPECT_THROW(loop_.run(object->co_read_ranges({ByteRange::of(0, 1), ByteRange::from(400'000)})), Error);
  EXPECT_EQ(faults_->calls("open"), 0U);
}

TEST_F(RangedObjectTest, an_object_that_was_replaced_is_not_read) {
  const ObjectPtr object = loop_.run(store_->co_object("key", {}));
  loop_.run(store_->co_store("key", std::string(400'000, 'c')));
  try {
    loop_.run(object->co_read_at(ByteRange::of(0, 1)));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::precondition_failed);
  }
}

TEST_F(RangedObjectTest, a_failed_read_leaves_the_object_usable) {
  const ObjectPtr object = loop_.run(store_->co_object("key", {}));
  faults_->fail("read", 1, Error(ErrorKind::io, "planted"));
  EXPECT_THROW(loop_.run(object->co_read_at(ByteRange::of(0, 10))), Error);
  EXPECT_EQ(loop_.run(object->co_read_at(ByteRange::of(0, 3))).text(), "aaa");
}

TEST_F(RangedObjectTest, a_range_of_its_own_is_refused) {
  try {
    loop_.run(store_->co_object("key", ReadOptions().range(ByteRange::from(3))));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  }
}

}  // namespace
}  // namespace coffer
