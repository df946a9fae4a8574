#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace coffer {

// Python's dates and times, as Kajson carries them. Aggregates of plain values: what a clock on the wall shows, and
// where it hangs.

/// datetime.date.
struct KajsonDate {
  std::chrono::year_month_day day;
  friend bool operator==(const KajsonDate&, const KajsonDate&) = default;
};

/// Where a clock hangs: nothing for a naive one.
struct KajsonZone {
  std::string name;  ///< "UTC", "UTC+02:00", "Europe/Paris"
  /// East of UTC, in seconds, at the time it stands with; nothing where the writer (kajson 0.4) did not say.
  std::optional<std::chrono::seconds> offset;
  friend bool operator==(const KajsonZone&, const KajsonZone&) = default;
};

/// datetime.time.
struct KajsonTime {
  std::chrono::microseconds since_midnight{};
  std::optional<KajsonZone> zone;
  friend bool operator==(const KajsonTime&, const KajsonTime&) = default;
};

/// datetime.datetime.
struct KajsonDateTime {
  std::chrono::local_time<std::chrono::microseconds> local;
  std::optional<KajsonZone> zone;
  friend bool operator==(const KajsonDateTime&, const KajsonDateTime&) = default;

  /// The moment; nothing for a naive one, and where its offset is not known.
  std::optional<std::chrono::sys_time<std::chrono::microseconds>> moment() const {
    if (!zone || !zone->offset) return std::nullopt;
    return std::chrono::sys_time<std::chrono::microseconds>(local.time_since_epoch() - *zone->offset);
  }
};

}  // namespace coffer
