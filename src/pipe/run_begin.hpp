#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "pipe/run_context.hpp"
#include "pipe/run_entry.hpp"

namespace coffer {

// What a run that has an id does before it starts. Arguments outlive each task.

/// Finds out what of an earlier attempt counts still, and puts it into the entry. `facts` has how inputs are given now,
/// what is in those that are lists, and places.
Task<> co_plan_resume(RunContext& run, RunEntry& entry, ResumeFacts facts);

/// Decides what is taken from earlier runs, which is pinned then, and puts it into the entry, behind co_plan_resume().
/// `inputs` are the objects that are given, by URI.
Task<> co_plan_reuse(RunContext& run, RunEntry& entry, std::map<std::string, GivenInput> given,
                     std::map<std::string, std::optional<ObjectInfo>> inputs);

/// Writes down what is taken from earlier runs, behind co_begin_run(), and copies what has a place of its own.
Task<> co_take(RunContext& run, RunEntry& entry);

/// Ends what is alive of earlier attempts, writes down that the run begins, and removes the objects that count no more:
/// of those that Coffer has named, and not what is in `origins`, URIs of what inputs come from.
Task<> co_begin_run(RunContext& run, RunEntry& entry, RunBegun begun, std::set<std::string> origins);

}  // namespace coffer
