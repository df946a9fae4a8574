#pragma once

#include <coffer/stream/byte_source.hpp>

namespace coffer {

/// Whether both give the same bytes, from where they are to their ends. Both outlive the task.
Task<bool> co_equal(ByteSource& one, ByteSource& other);

}  // namespace coffer
