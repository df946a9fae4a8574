#pragma once

#include <string>
#include <string_view>

#include <coffer/base/object_info.hpp>

namespace coffer {

// The text of a list's own object: list_begin, the elements with list_gap between them, list_end.

inline constexpr std::string_view list_type = "application/vnd.coffer.list+json";
inline constexpr std::string_view list_begin = "{\"coffer_list\": 1, \"elements\": [\n";
inline constexpr std::string_view list_gap = ",\n";
inline constexpr std::string_view list_end = "\n]}\n";

/// One element, on a line.
std::string json_of_element(const Stored& element);

}  // namespace coffer
