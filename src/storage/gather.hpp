#pragma once

#include <cstdint>
#include <string>

#include <coffer/stream/byte_source.hpp>

namespace coffer {

/// All that `source` gives, which was opened over `range`. Error{too_large} for more than `limit` bytes.
Task<std::string> co_gather(SourcePtr source, ByteRange range, std::uint64_t limit);

}  // namespace coffer
