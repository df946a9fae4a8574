#pragma once

#include <coffer/async/task.hpp>
#include <coffer/stream/byte_sink.hpp>
#include <coffer/stream/byte_source.hpp>

namespace coffer {

class Storage;

/// A source of the same bytes that can be read again: this one where it can, else one over a copy of it in scratch,
/// which is read to its end first. Throws Error{unsupported} where the Storage, which outlives it, has no Scratch.
Task<SourcePtr> co_rereadable(Storage& storage, SourcePtr source);

/// A sink that hands everything on to `sink` at its commit and nothing before it: for a sink that cannot take back what
/// it wrote, a pipe say. What it holds lies in scratch. Throws Error{unsupported} where the Storage, which outlives it,
/// has none.
Task<SinkPtr> co_hold_back(Storage& storage, SinkPtr sink);

}  // namespace coffer
