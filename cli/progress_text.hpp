#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace coffer::cli {

/// The rate of the last two seconds. Time is an argument.
class RateMeter {
 public:
  void add(std::chrono::steady_clock::time_point now, std::uint64_t bytes);
  /// Bytes a second; nothing before two samples that differ in time.
  std::optional<double> per_second() const;

 private:
  struct Sample {
    std::chrono::steady_clock::time_point at;
    std::uint64_t bytes = 0;
  };
  std::deque<Sample> samples_;
};

/// Where a transfer stands.
struct ProgressFacts {
  std::string what;  ///< "put video.mp4"
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> total;
  std::optional<double> per_second;
  std::uint64_t memory = 0;  ///< Bytes in memory now.
};

/// "put video.mp4  45 %  1.2 GiB of 2.6 GiB  812.4 MiB/s  memory 34.1 MiB  2 s left", in at most `width` columns: first
/// the name is shortened, then the end is left out.
std::string progress_text(const ProgressFacts& facts, std::size_t width);

}  // namespace coffer::cli
