#pragma once

#include <span>
#include <string>
#include <string_view>

#include <coffer/base/object_info.hpp>
#include <coffer/pipe/list.hpp>

namespace coffer {

// The text of a list's own object: list_begin, the elements with list_gap between them, list_end.

inline constexpr std::string_view list_type = "application/vnd.coffer.list+json";
inline constexpr std::string_view list_begin = "{\"coffer_list\": 1, \"elements\": [\n";
inline constexpr std::string_view list_gap = ",\n";
inline constexpr std::string_view list_end = "\n]}\n";

/// Tells lists from each other by the URIs and etags of all their elements.
std::string tag_of_list(std::span<const ListElement> elements);

/// One element, on a line.
std::string json_of_element(const Stored& element);

}  // namespace coffer
