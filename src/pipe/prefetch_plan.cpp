#include "pipe/prefetch_plan.hpp"

#include <algorithm>
#include <chrono>

namespace coffer {
namespace {

/// Of an object that is larger than what can be kept, only so much is read ahead.
std::uint64_t cost_of(const PrefetchItem& item) { return std::min(item.bytes, item.limit); }

bool is_waiting(const RunPlan& plan, const RunState& state, std::size_t pipe) {
  const bool is_to_come = state.pipes[pipe] == PipeState::waiting && state.conditions[pipe] == ConditionState::holds;
  return (is_to_come || state.pipes[pipe] == PipeState::running) && !plan.inputs_committed(state, pipe);
}

std::uint64_t bytes_waiting(const RunPlan& plan, const RunState& state, const std::vector<PrefetchItem>& items) {
  std::uint64_t bytes = 0;
  for (std::size_t data = 0; data < items.size(); ++data) {
    const auto waits = [&](std::size_t pipe) { return is_waiting(plan, state, pipe); };
    if (items[data].is_taken && !items[data].is_opened && std::ranges::any_of(plan.data()[data].readers, waits)) {
      bytes += cost_of(items[data]);
    }
  }
  return bytes;
}

}  // namespace

bool may_wait_for_another(const RunPlan& plan, std::size_t pipe) { return plan.inputs(pipe).size() > 1; }

bool is_held_up(const PipeTimes& before, const PipeTimes& now) {
  const std::chrono::nanoseconds waited = now.waited_for_input - before.waited_for_input;
  const std::chrono::nanoseconds rest = now.worked - before.worked + now.waited_for_output - before.waited_for_output +
                                        now.waited_to_retry - before.waited_to_retry;
  return waited >= rest;
}

std::optional<std::size_t> next_prefetch(const RunPlan& plan, const RunState& state,
                                         const std::vector<PrefetchItem>& items) {
  const std::uint64_t waiting = bytes_waiting(plan, state, items);
  for (std::size_t pipe = 0; pipe < state.pipes.size(); ++pipe) {
    if (!may_wait_for_another(plan, pipe) || !is_waiting(plan, state, pipe)) continue;
    for (const RunPlan::Input& input : plan.inputs(pipe)) {
      const PrefetchItem& item = items[input.data];
      if (item.is_taken || item.is_opened || item.limit == 0) continue;
      if (input.feed == Feed::path && item.is_file) continue;
      if (waiting + cost_of(item) > item.limit) return std::nullopt;
      return input.data;
    }
  }
  return std::nullopt;
}

}  // namespace coffer
