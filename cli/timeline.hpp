#pragma once

#include <cstddef>
#include <string>

#include <coffer/pipe/executor.hpp>

namespace coffer::cli {

/// A run as lines of text, one for each ingest and pipe on a common axis of time: "░" while it worked without any
/// output yet, "█" from its first output on. At most `width` columns.
std::string timeline(const RunResult& result, std::size_t width);

/// "21.3 s; stored 352 MiB; read 1 GiB; 97 % of storage time hidden behind work; memory at most 46 MiB (buffers 34
/// MiB)".
std::string summary(const RunResult& result);

}  // namespace coffer::cli
