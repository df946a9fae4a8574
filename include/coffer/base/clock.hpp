#pragma once

#include <chrono>

namespace coffer {

/// Time as an argument, so that tests move it. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// For time stamps.
  virtual std::chrono::system_clock::time_point now() const = 0;
  /// For durations and deadlines.
  virtual std::chrono::steady_clock::time_point steady_now() const = 0;
};

/// The machine's own clocks.
class SystemClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return std::chrono::system_clock::now(); }
  std::chrono::steady_clock::time_point steady_now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace coffer
