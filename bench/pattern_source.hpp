#pragma once

#include <cstdint>
#include <string>

#include <coffer/async/runtime.hpp>
#include <coffer/stream/byte_source.hpp>

namespace coffer::bench {

/// A source that costs nothing: `bytes` bytes in chunks of 1 MiB of pool memory, filled once with pseudo-random bytes
/// and handed out again and again, as fio does with its buffers.
SourcePtr make_pattern_source(Runtime& runtime, std::uint64_t bytes);

}  // namespace coffer::bench
