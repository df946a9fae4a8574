#pragma once

#include <chrono>

#include <coffer/base/clock.hpp>

namespace coffer::test {

/// Stands still until it is moved. Not thread-safe.
class HandClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return {}; }
  std::chrono::steady_clock::time_point steady_now() const override { return now_; }
  void pass(std::chrono::nanoseconds time) { now_ += time; }

 private:
  std::chrono::steady_clock::time_point now_;
};

}  // namespace coffer::test
