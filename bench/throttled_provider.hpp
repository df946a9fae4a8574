#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include <coffer/storage/provider.hpp>

namespace coffer::bench {

/// When somebody works: any number at a time. Thread-safe.
class WorkLog {
 public:
  using Clock = std::chrono::steady_clock;

  /// Works as long as it lives.
  class Working {
   public:
    explicit Working(WorkLog& log) : log_(log) { log_.add(1); }
    Working(const Working&) = delete;
    Working& operator=(const Working&) = delete;
    ~Working() { log_.add(-1); }

   private:
    WorkLog& log_;
  };

  /// Of this time, so much passed while somebody worked: from 0 to 1.
  double share_of(Clock::time_point from, Clock::time_point to) const;

 private:
  struct Change {
    Clock::time_point at;
    int working = 0;
  };
  void add(int change);

  mutable std::mutex mutex_;
  std::vector<Change> changes_;
};

/// What passes through a line.
struct LineTraffic {
  double bytes = 0;
  double while_working = 0;  ///< Of them, while somebody worked.
};

/// One direction of a line of so many bytes a second, which everybody shares, first come first served. Thread-safe.
class Line {
 public:
  Line(double bytes_per_second, const WorkLog& work) : rate_(bytes_per_second), work_(work) {}
  /// Returns when the bytes have passed.
  Task<> co_pass(std::size_t bytes);
  LineTraffic traffic() const;

 private:
  const double rate_;
  const WorkLog& work_;
  mutable std::mutex mutex_;
  WorkLog::Clock::time_point free_at_;
  LineTraffic traffic_;
};

/// Another store as if it were at the end of a line: distant, and not to be read before a commit. The lines outlive it.
ProviderPtr make_throttled_provider(Runtime& runtime, ProviderPtr inner, Line& down, Line& up);

}  // namespace coffer::bench
