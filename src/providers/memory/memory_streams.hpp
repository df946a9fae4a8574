#pragma once

#include <memory>
#include <string>

#include <coffer/async/buffer_pool.hpp>
#include <coffer/base/clock.hpp>
#include <coffer/stream/byte_sink.hpp>
#include <coffer/stream/byte_source.hpp>
#include <coffer/stream/object.hpp>

#include "providers/memory/memory_store.hpp"

namespace coffer {

/// The part of the object that `options` ask for. Throws Error{range_not_satisfiable}.
SourcePtr open_memory_source(MemoryObjectPtr object, const ReadOptions& options);

/// `share` is for ranges that lie in more than one block.
ObjectPtr open_memory_object(MemoryObjectPtr object, BudgetShare share);

/// `share` is for the buffers that it hands out. The clock outlives it.
SinkPtr create_memory_sink(std::shared_ptr<MemoryStore> store, BudgetShare share, const Clock& clock, std::string key,
                           WriteOptions options);

}  // namespace coffer
