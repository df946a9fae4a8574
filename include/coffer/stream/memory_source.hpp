#pragma once

#include <memory>
#include <string>

#include <coffer/stream/byte_source.hpp>

namespace coffer {

/// A source over bytes in memory, which it owns; can be read again.
SourcePtr make_memory_source(std::string bytes, std::string content_type = "");

/// A source over a range of bytes that it shares with others; nobody changes them any more. `info` is of all of them.
/// Throws Error{range_not_satisfiable}.
SourcePtr make_memory_source(std::shared_ptr<const std::string> bytes, ObjectInfo info, ByteRange range = ByteRange());

}  // namespace coffer
