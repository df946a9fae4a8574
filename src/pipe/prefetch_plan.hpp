#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <coffer/pipe/run_observer.hpp>

#include "pipe/run_plan.hpp"

namespace coffer {

/// What is known of one of RunPlan::data() to who decides what is read ahead.
struct PrefetchItem {
  std::uint64_t bytes = 0;  ///< Of its object.
  /// Bytes of such objects that can be kept near together; 0 where its object is not there yet, or nothing is won.
  std::uint64_t limit = 0;
  bool is_taken = false;   ///< It was read ahead, or is being so.
  bool is_opened = false;  ///< By some pipe already.
  bool is_file = false;    ///< Of a local store: who gets it as a path reads the file itself.
};

/// Whether this pipe can ever wait while something that it reads is there: where it reads one thing alone, it cannot.
bool may_wait_for_another(const RunPlan& plan, std::size_t pipe);

/// The data to be read ahead next: what the first pipe that waits reads, in its order, then the next pipe's. A pipe
/// waits, whether it has started or not, while something that it reads is not complete; one that may yet be skipped
/// does not count, nor a file that it gets as a path. Nothing while what was read ahead and waits for its readers
/// leaves no room: what comes first must be there first. Pure.
std::optional<std::size_t> next_prefetch(const RunPlan& plan, const RunState& state,
                                         const std::vector<PrefetchItem>& items);

/// Whether a pipe that spent the time between two looks like this is held up by its storage: it waited for its input
/// for half of it or more. One that has just started is. Pure.
bool is_held_up(const PipeTimes& before, const PipeTimes& now);

}  // namespace coffer
