#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <coffer/pipe/run_observer.hpp>

namespace coffer::cli {

/// Bytes a second of late, from counts that are told now and then.
class RecentRate {
 public:
  /// `bytes` so far, at a time that never goes back.
  void count(std::chrono::nanoseconds at, std::uint64_t bytes);
  /// Over the last half second or somewhat more; 0 in the first half second.
  std::uint64_t per_second() const noexcept { return per_second_; }

 private:
  std::chrono::nanoseconds since_{0};
  std::uint64_t bytes_ = 0;
  std::uint64_t per_second_ = 0;
  bool has_begun_ = false;
};

/// What a line of the display says of a pipe or an ingest.
struct RunRow {
  std::string name;
  std::chrono::nanoseconds elapsed{0};
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  /// Of a batch or a list, and of how many.
  std::optional<std::uint64_t> elements;
  std::optional<std::uint64_t> elements_total;
  std::uint64_t rate = 0;  ///< Bytes per second; 0: not shown.
  std::string does;        ///< "works", "waits for sound"
};

/// "sound     3.2 s  24 MiB in  1.1 MiB out  8 MiB/s  waits for film", "read     1.2 s  7 of 12  works": at most
/// `width` columns, the name in `name_width`. The rate goes first where there is no room.
std::string row_text(const RunRow& row, std::size_t name_width, std::size_t width);

/// "waits for film, sound", "waits for storage", "works". `missing`: those of its inputs that are not complete.
std::string activity_text(PipeActivity activity, bool is_ingest, const std::vector<std::string>& missing);

}  // namespace coffer::cli
