#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include <coffer/async/runtime.hpp>
#include <coffer/async/task.hpp>

#include "async/signal.hpp"

namespace coffer {

/// Touches a pool's slabs before a loop does. The kernel zeroes memory when it is first used, which takes milliseconds
/// for a slab: a loop that has other things to do must not stand still for that. Thread-safe.
class ResidentSlabs {
 public:
  /// The Runtime outlives it.
  explicit ResidentSlabs(Runtime& runtime) : runtime_(runtime), resident_(runtime.pool().slab_limit()) {}

  /// The slab that holds these bytes may not have been touched as a whole.
  bool is_fresh(const std::byte* at) const noexcept {
    const auto slab = runtime_.pool().slab_of(at);
    return slab && !resident_[*slab].load(std::memory_order_relaxed);
  }

  /// Returns when it is; the memory stays the caller's. On a loop of the Runtime's own it leaves that to the first use.
  Task<> co_make_resident(const std::byte* at);

 private:
  class Turn;

  Runtime& runtime_;
  std::vector<std::atomic<bool>> resident_;  // For each slab.
  // One at a time: zeroing on every processor at once would leave none to the loop.
  std::atomic<bool> busy_ = false;
  Signal changed_;
};

}  // namespace coffer
