#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace coffer {

/// A name for a new object: 48 bits of the time (ms) and 120 random bits in 28 characters of `[A-Za-z0-9_-]`, then the
/// extension of `content_type`. Names sort by time in byte order and cannot be guessed. None begins with '-'. Pure: the
/// caller brings both.
std::string make_object_name(std::chrono::system_clock::time_point now, const std::array<std::byte, 15>& random,
                             std::string_view content_type);

/// Whether make_object_name() could have given it. One that somebody has chosen hardly ever looks so.
bool is_object_name(std::string_view name);

}  // namespace coffer
