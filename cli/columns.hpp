#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace coffer::cli {

/// Columns on a terminal: two for a wide character, none for one that is put on the one before it.
std::size_t display_width(std::string_view text) noexcept;
/// At most `width` columns: the middle goes, the ends stay.
std::string shorten(std::string_view text, std::size_t width);
/// At most `width` columns: the end goes.
std::string_view beginning(std::string_view text, std::size_t width) noexcept;
/// Filled with spaces up to `width` columns.
std::string pad_right(std::string_view text, std::size_t width);
std::string pad_left(std::string_view text, std::size_t width);

}  // namespace coffer::cli
