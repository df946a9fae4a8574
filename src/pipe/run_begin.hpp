#pragma once

#include "pipe/run_context.hpp"
#include "pipe/run_entry.hpp"

namespace coffer {

// What a run that has an id does before it starts. Arguments outlive each task.

/// Finds out what of an earlier attempt counts still, and puts it into the entry. `facts` has how inputs are given now,
/// what is in those that are lists, and places.
Task<> co_plan_resume(RunContext& run, RunEntry& entry, ResumeFacts facts);

/// Ends what is alive of earlier attempts, writes down that the run begins, and removes the objects that count no more.
Task<> co_begin_run(RunContext& run, RunEntry& entry, RunBegun begun);

}  // namespace coffer
