#pragma once

#include <span>
#include <string>
#include <string_view>

#include <coffer/base/object_info.hpp>
#include <coffer/pipe/list.hpp>

namespace coffer {

// The text of a list's own object: list_begin(), the elements with list_gap between them, list_end.

inline constexpr std::string_view list_type = "application/vnd.coffer.list+json";
inline constexpr std::string_view list_gap = ",\n";
inline constexpr std::string_view list_end = "\n]}\n";

/// `place` is where it is going to lie.
std::string list_begin(const ListPlace& place);

/// Tells lists from each other by the URIs and etags of all their elements; of those in the active store by their keys.
std::string tag_of_list(std::span<const ListElement> elements, const Storage& storage);

/// Where a list of this URI lies; empty where that is in no store, or in another one than the active.
ListPlace place_of(const Storage& storage, const Uri& list);

/// One element, on a line.
std::string json_of_element(const Stored& element);

}  // namespace coffer
