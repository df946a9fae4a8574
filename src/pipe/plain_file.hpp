#pragma once

#include <cstdint>
#include <filesystem>

#include <coffer/async/runtime.hpp>
#include <coffer/stream/byte_source.hpp>

namespace coffer {

// Files of commands, read and written by helper threads. No objects: neither durable nor verified.

/// Error{not_found} where it is not there, Error{io} where it is no regular file.
Task<SourcePtr> co_open_plain_file(Runtime& runtime, std::filesystem::path path);

/// Copies all of `source`, which outlives the task, into a new file that may only be read. Returns its size.
Task<std::uint64_t> co_make_plain_file(Runtime& runtime, ByteSource& source, std::filesystem::path path);

/// With those above it; one that is there is left. Blocks. Throws Error.
void make_plain_folder(const std::filesystem::path& folder);

}  // namespace coffer
