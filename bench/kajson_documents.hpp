#pragma once

#include <cstddef>
#include <string>

namespace coffer::bench {

/// An array of mixed objects as kajson writes them, of about so many bytes: short and long texts, some of them escaped,
/// numbers, dates, lists, objects in objects, all with their tags. The same bytes give the same text. Every parser of
/// JSON takes it.
std::string make_kajson_documents(std::size_t bytes);

}  // namespace coffer::bench
