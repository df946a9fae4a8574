#pragma once

#include <set>
#include <string>
#include <vector>

#include <coffer/pipe/runs.hpp>

#include "pipe/run_history.hpp"
#include "pipe/run_pins.hpp"

namespace coffer {

/// What of a run's objects goes.
struct DisposePlan {
  std::vector<ObjectInfo> remove;
  std::vector<DisposeReport::Left> left;
  /// Whether another run reads one of those that are left.
  bool is_pinned = false;
};

/// Decides. `there` are the objects that bear the run's name, `pins` those of runs that are there. `elements` are the
/// URIs of what is in lists that stay.
DisposePlan plan_dispose(const RunHistory& history, Keep keep, const std::vector<ObjectInfo>& there,
                         const std::vector<HeldPin>& pins, const std::set<std::string>& elements = {});

/// The own objects of lists that stay, and their elements with them: of outputs where those are kept, and always of
/// those that were given a place of their own, by any attempt at the run: the URIs of all others begin with `own`.
std::vector<Uri> lists_that_stay(const RunHistory& history, Keep keep, const std::string& own);

}  // namespace coffer
