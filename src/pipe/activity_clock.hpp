#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include <coffer/base/clock.hpp>
#include <coffer/pipe/run_observer.hpp>

namespace coffer {

/// What a pipe may wait for.
enum class PipeWait : std::uint8_t { input, output, retry };

/// Adds up what a pipe spends its time with, from start() to stop(). Thread-safe.
class ActivityClock {
 public:
  /// `clock` outlives it.
  explicit ActivityClock(const Clock& clock) : clock_(clock) {}

  void start();
  void stop();
  bool is_going() const;
  /// From here on it works, where it does not wait. Before, it waits for its input.
  void works(bool on);
  /// As many ends as begins.
  void wait_begins(PipeWait wait);
  void wait_ends(PipeWait wait);

  PipeActivity now() const;
  PipeTimes times() const;

 private:
  // Under the lock.
  PipeActivity activity() const noexcept;
  PipeTimes up_to(std::chrono::steady_clock::time_point now) const noexcept;
  void advance();
  std::size_t& waits(PipeWait wait) noexcept { return waits_[static_cast<std::size_t>(wait)]; }

  const Clock& clock_;
  mutable std::mutex mutex_;
  bool goes_ = false;
  bool works_ = false;
  std::array<std::size_t, 3> waits_{};
  std::chrono::steady_clock::time_point since_;
  PipeTimes times_;
};

}  // namespace coffer
