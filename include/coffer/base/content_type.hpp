#pragma once

#include <string_view>

namespace coffer {

/// The media type that a file name's ending stands for ("a/b.MP4" -> "video/mp4"); "application/octet-stream" where
/// unknown.
std::string_view content_type_of_name(std::string_view name) noexcept;

/// The usual ending, with its dot ("video/mp4" -> ".mp4"; parameters such as "; charset=utf-8" are ignored); empty
/// where unknown.
std::string_view extension_of_content_type(std::string_view content_type) noexcept;

}  // namespace coffer
