#pragma once

#include <coffer/async/task.hpp>
#include <coffer/stream/byte_sink.hpp>

namespace coffer {

class Storage;

/// A sink that takes bytes as fast as memory and scratch take them, and passes them on to `sink` behind its writer's
/// back, so that a store which is slower than a disk costs its writer no time before co_commit(). That waits until
/// `sink` has all of it and has committed. What was written can be read back meanwhile, also where the store cannot do
/// that. What `sink` throws is thrown by the next call. Dropped before it committed, it cancels what goes on. Throws
/// Error{unsupported} where the Storage, which outlives it, has no Scratch.
Task<SinkPtr> co_write_behind(Storage& storage, SinkPtr sink);

}  // namespace coffer
