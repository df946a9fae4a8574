#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace coffer {

/// Where an axis of time has its marks.
struct TimeAxis {
  std::chrono::nanoseconds length{0};
  std::chrono::nanoseconds step{0};

  /// With at most `most` marks behind the one at 0, at round times.
  static TimeAxis of(std::chrono::nanoseconds length, std::size_t most);
  /// From 0 on.
  std::vector<std::chrono::nanoseconds> marks() const;
  /// "0", "250 ms", "1.5 s", "2:30 min", "1:30 h": as exact as the step asks for.
  std::string text(std::chrono::nanoseconds mark) const;
};

}  // namespace coffer
