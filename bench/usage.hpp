#pragma once

#include <cstdint>

namespace coffer::bench {

/// What this process has spent so far: user and system, all threads.
double cpu_seconds();

/// The most memory that it ever had resident, in bytes.
std::uint64_t peak_rss();

/// Seconds on a clock that only goes forward.
double seconds_now();

}  // namespace coffer::bench
