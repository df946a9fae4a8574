#pragma once

#include <string>
#include <string_view>

#include <coffer/base/result.hpp>

namespace coffer {

/// The first segment that no key may have: a store keeps its own files there.
inline constexpr std::string_view hidden_folder = ".coffer";

/// Where a key lies: the folder below the store ("" is the store's own), and the name in it.
struct KeyPlace {
  std::string folder;
  std::string name;
};

/// Error{invalid_argument} for a key that names no file (empty segments, "." and "..", NUL, the hidden folder) and
/// Error{too_large} for one with a segment over 255 bytes or more than 4095 bytes in all.
Result<KeyPlace> place_of_key(std::string_view key);

/// Whether some key may begin with this prefix, which may end in the middle of a segment.
bool can_begin_a_key(std::string_view prefix);

/// "a/b" -> "a", "a" -> "".
std::string folder_above(std::string_view folder);
/// The part after the last '/'.
std::string last_segment(std::string_view path);
/// "a" + "b" -> "a/b", "" + "b" -> "b".
std::string joined(std::string_view folder, std::string_view name);

}  // namespace coffer
