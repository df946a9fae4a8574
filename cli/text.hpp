#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <coffer/base/object_info.hpp>
#include <coffer/base/result.hpp>

namespace coffer::cli {

/// "812.4 MiB/s"; "-" where no time has passed.
std::string format_rate(std::uint64_t bytes, std::chrono::nanoseconds time);
/// "2026-01-02 03:04:05" in the user's time zone.
std::string format_local_time(std::chrono::system_clock::time_point time);
/// "2026-01-02T03:04:05.678Z".
std::string format_utc_time(std::chrono::system_clock::time_point time);

/// "30s", "15m", "2h", "7d", "0".
Result<std::chrono::seconds> parse_age(std::string_view text);

/// "verified_on_read" and so on, as JSON has it.
std::string_view integrity_name(Integrity integrity) noexcept;
/// "checksum", "changed", "unverified": a column of `ls -l`.
std::string_view integrity_word(Integrity integrity) noexcept;

/// What `drives_terminal` as \x1b and the like: a name must not.
std::string printable(std::string_view text);

}  // namespace coffer::cli
