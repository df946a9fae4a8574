#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <coffer/observe/work_meter.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using std::chrono::milliseconds;

HiddenShareCount::Time at(int ms) { return HiddenShareCount::Time(milliseconds(1000 + ms)); }

TEST(HiddenShare, storage_while_nobody_works_is_exposed) {
  HiddenShareCount count;
  count.storage_begins(at(0));
  count.storage_ends(at(30));
  const HiddenShare share = count.at(at(100));
  EXPECT_EQ(share.storage, milliseconds(30));
  EXPECT_EQ(share.exposed, milliseconds(30));
  EXPECT_DOUBLE_EQ(share.share(), 0);
}

TEST(HiddenShare, storage_behind_work_is_hidden) {
  HiddenShareCount count;
  count.work_begins(at(0));
  count.storage_begins(at(10));
  count.storage_ends(at(20));
  count.work_ends(at(50));
  const HiddenShare share = count.at(at(100));
  EXPECT_EQ(share.storage, milliseconds(10));
  EXPECT_EQ(share.exposed, milliseconds(0));
  EXPECT_DOUBLE_EQ(share.share(), 1);
}

TEST(HiddenShare, both_are_unions_over_time_and_no_sums) {
  HiddenShareCount count;
  count.storage_begins(at(0));
  count.storage_begins(at(5));  // Two operations at once: one time.
  count.work_begins(at(10));
  count.work_begins(at(15));
  count.storage_ends(at(20));
  count.work_ends(at(25));  // The other still works.
  count.work_ends(at(30));
  count.storage_ends(at(40));
  const HiddenShare share = count.at(at(100));
  EXPECT_EQ(share.storage, milliseconds(40));
  EXPECT_EQ(share.exposed, milliseconds(20));
  EXPECT_DOUBLE_EQ(share.share(), 0.5);
}

TEST(HiddenShare, what_is_still_in_flight_counts_up_to_now) {
  HiddenShareCount count;
  count.storage_begins(at(0));
  EXPECT_EQ(count.at(at(7)).storage, milliseconds(7));
  EXPECT_EQ(count.at(at(9)).exposed, milliseconds(9));
}

TEST(HiddenShare, without_storage_nothing_is_exposed) { EXPECT_DOUBLE_EQ(HiddenShareCount().at(at(5)).share(), 1); }

class Heard final : public Observer {
 public:
  void io_begins(IoKind) noexcept override { ++begins; }
  void io_ends(IoKind, std::uint64_t bytes) noexcept override { moved += bytes; }
  void warn(std::string_view line) noexcept override { warned = line; }
  int begins = 0;
  std::uint64_t moved = 0;
  std::string warned;
};

class Now final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return {}; }
  std::chrono::steady_clock::time_point steady_now() const override { return time; }
  std::chrono::steady_clock::time_point time = at(0);
};

TEST(WorkMeter, measures_and_passes_on_what_it_is_told) {
  auto heard = std::make_shared<Heard>();
  auto clock = std::make_shared<Now>();
  WorkMeter meter(heard, clock);
  meter.io_begins(IoKind::read);
  clock->time = at(10);
  meter.work_begins();
  clock->time = at(40);
  meter.work_ends();
  meter.io_ends(IoKind::read, 100);
  meter.io_begins(IoKind::write);
  meter.io_ends(IoKind::write, 7);
  meter.warn("line");
  EXPECT_EQ(meter.hidden().storage, milliseconds(40));
  EXPECT_EQ(meter.hidden().exposed, milliseconds(10));
  EXPECT_EQ(meter.bytes_read(), 100U);
  EXPECT_EQ(meter.bytes_written(), 7U);
  EXPECT_EQ(heard->begins, 2);
  EXPECT_EQ(heard->moved, 107U);
  EXPECT_EQ(heard->warned, "line");
}

TEST(WorkMeter, is_told_by_many_threads) {
  WorkMeter meter;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 1000; ++k) {
        meter.io_begins(IoKind::read);
        meter.work_begins();
        meter.work_ends();
        meter.io_ends(IoKind::read, 1);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(meter.bytes_read(), 4000U);
  EXPECT_LE(meter.hidden().exposed, meter.hidden().storage);
}

}  // namespace
}  // namespace coffer
