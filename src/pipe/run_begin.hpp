#pragma once

#include <map>
#include <string>

#include "pipe/run_context.hpp"
#include "pipe/run_entry.hpp"

namespace coffer {

// What a run that has an id does before it starts. Arguments outlive each task.

/// Finds out what of an earlier attempt counts still, and puts it into the entry; `given` are the inputs as they are
/// given now, `places` the URIs of what has a place of its own.
Task<> co_plan_resume(RunContext& run, RunEntry& entry, std::map<std::string, GivenInput> given,
                      std::map<std::string, std::string> places);

/// Ends what is alive of earlier attempts, writes down that the run begins, and removes the objects that count no more.
Task<> co_begin_run(RunContext& run, RunEntry& entry, RunBegun begun);

}  // namespace coffer
