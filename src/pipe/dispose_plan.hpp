#pragma once

#include <set>
#include <string>
#include <vector>

#include <coffer/pipe/runs.hpp>

#include "pipe/run_history.hpp"

namespace coffer {

/// What of a run's objects goes.
struct DisposePlan {
  std::vector<ObjectInfo> remove;
  std::vector<DisposeReport::Left> left;
  /// Whether another run reads one of those that are left.
  bool is_pinned = false;
};

/// Decides. `there` are the objects that bear the run's name, `pins` those of runs that are there; one of them may be
/// for all below a prefix. `elements` are the URIs of what is in those outputs that are lists.
DisposePlan plan_dispose(const RunHistory& history, Keep keep, const std::vector<ObjectInfo>& there,
                         const std::vector<RunPin>& pins, const std::set<std::string>& elements = {});

/// The lists' own objects among the pipeline's outputs.
std::vector<RunObject> output_lists(const RunHistory& history);

}  // namespace coffer
