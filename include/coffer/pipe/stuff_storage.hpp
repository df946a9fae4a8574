#pragma once

#include <cstdint>

#include <coffer/async/task.hpp>
#include <coffer/pipe/memory_offload.hpp>
#include <coffer/pipe/stuff.hpp>
#include <coffer/pipe/working_memory.hpp>

namespace coffer {

class Storage;

// Whole contents in the store: of any kind, for the object is the content's JSON. (co_offload_memory moves the data in
// contents and leaves their members where they are.) The Storage outlives each task.

/// The stuff with its content in the active store, below `offload_folder`, where the content takes `inline_below` bytes
/// and more; 0 stores every content. One that is in this store already stays.
Task<Stuff> co_store_stuff(Storage& storage, Stuff stuff, std::uint64_t inline_below = 1024);

/// The stuff with its content in it, byte for byte as it was. Only what offload writes into the active store is
/// fetched, and what the options allow: Error{permission_denied}; Error{not_found}, Error{corrupt}, Error{too_large}
/// beyond 1 GiB.
Task<Stuff> co_load_stuff(Storage& storage, Stuff stuff, InlineOptions options = {});

/// The same for each stuff. Where one fails, what was stored for the others is removed again.
Task<WorkingMemory> co_store_stuffs(Storage& storage, WorkingMemory memory, std::uint64_t inline_below = 1024);
Task<WorkingMemory> co_load_stuffs(Storage& storage, WorkingMemory memory, InlineOptions options = {});

}  // namespace coffer
