#pragma once

#include <cstdint>
#include <functional>

#include <coffer/stream/byte_sink.hpp>
#include <coffer/stream/byte_source.hpp>

namespace coffer {

/// Bytes moved so far; called after each chunk, on the pump's executor.
using Progress = std::function<void(std::uint64_t bytes)>;

/// Moves everything from `source` into `sink`, without committing. Both outlive the task. Returns the number of bytes.
/// Read-ahead and write-behind are the source's and the sink's own.
Task<std::uint64_t> co_pump(ByteSource& source, ByteSink& sink, Progress progress = nullptr);

}  // namespace coffer
