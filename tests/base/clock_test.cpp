#include <coffer/base/clock.hpp>
#include <gtest/gtest.h>

namespace coffer {
namespace {

TEST(SystemClock, it_tells_the_machine_s_time) {
  const SystemClock clock;
  const Clock& any = clock;
  const auto steady_before = std::chrono::steady_clock::now();
  const auto before = std::chrono::system_clock::now();
  const auto told = any.now();
  const auto steady_told = any.steady_now();
  // The wall clock may be set back in between; an hour says that it is this clock and no other.
  EXPECT_LE(told - before, std::chrono::hours(1));
  EXPECT_LE(before - told, std::chrono::hours(1));
  EXPECT_LE(steady_before, steady_told);
  EXPECT_LE(steady_told, any.steady_now());
}

}  // namespace
}  // namespace coffer
