#pragma once

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

/// Decides. `there` are the objects that bear the run's name, `pins` those of runs that are there.
DisposePlan plan_dispose(const RunHistory& history, Keep keep, const std::vector<ObjectInfo>& there,
                         const std::vector<RunPin>& pins);

}  // namespace coffer
