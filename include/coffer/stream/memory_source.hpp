#pragma once

#include <string>

#include <coffer/stream/byte_source.hpp>

namespace coffer {

/// A source over bytes in memory, which it owns; can be read again.
SourcePtr make_memory_source(std::string bytes, std::string content_type = "");

}  // namespace coffer
