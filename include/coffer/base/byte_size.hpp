#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <coffer/base/result.hpp>

namespace coffer {

/// Reads "4096", "64K", "64KiB", "1.5GiB", "10MB": K, M, G, T and KiB, MiB … are powers of 1024; kB, MB … powers of
/// 1000.
[[nodiscard]] Result<std::uint64_t> parse_byte_size(std::string_view text);

/// "1.5 GiB", "300 B": for people.
std::string format_byte_size(std::uint64_t bytes);

}  // namespace coffer
