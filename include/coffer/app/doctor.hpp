#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace coffer {

/// How a part of the machine serves a store.
enum class Health : std::uint8_t {
  good,
  limited,   ///< Everything works, but slower, or not for long.
  unusable,  ///< Storing or loading will fail.
};
/// "ok", "limited", "unusable".
std::string_view to_string(Health health) noexcept;

/// What one check found.
struct HealthCheck {
  std::string name;  ///< "io_uring", "O_TMPFILE": short and stable.
  Health health = Health::good;
  std::string finding;  ///< What was found.
  std::string cure;     ///< What to do about it; empty where nothing needs to be done.
};

/// Tries what a store in `folder` (absolute) would use: io_uring, unnamed files, direct I/O, user attributes, locked
/// memory for a budget of `budget` bytes, descriptors, free space. Where the folder is not there yet, the nearest one
/// above it is tried. Leaves nothing behind. Blocks for some milliseconds.
std::vector<HealthCheck> examine_store(const std::filesystem::path& folder, std::size_t budget);

}  // namespace coffer
