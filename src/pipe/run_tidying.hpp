#pragma once

#include <cstddef>
#include <memory>

#include <coffer/storage/storage.hpp>

#include "pipe/run_history.hpp"
#include "pipe/run_journal.hpp"

namespace coffer {

// What a run that has ended well does last, done again where a kill, or another run that read something, has kept it
// from being done as a whole. The Storage outlives each task.

/// Whether something may be left of it that it does not keep.
bool is_untidy(const RunHistory& history);

/// How many objects went, or in a dry run would go. The run is held, and was untidy when it was; whoever pins one of
/// its objects meanwhile looks at the holder first (co_pin_input).
Task<std::size_t> co_tidy(Storage& storage, std::shared_ptr<RunJournal> journal, RunHistory history);
/// How many would; of a run that nobody touches meanwhile.
Task<std::size_t> co_count_untidy(Storage& storage, RunHistory history);

}  // namespace coffer
