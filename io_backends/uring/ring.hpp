#pragma once

#include <cstddef>

#include <liburing.h>

namespace coffer {

/// Owns a ring of the kernel's. Not thread-safe: its user has a mutex.
class Ring {
 public:
  /// `one_thread`: whether the same thread submits always, and soon enters the kernel again after it did; completions
  /// then wait for it instead of interrupting it. On a thread that computes between its system calls they came 4 ms
  /// late. Throws Error.
  explicit Ring(bool one_thread);
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  /// Does not wait for operations in flight: they would write into memory that is gone.
  ~Ring();

  io_uring& raw() noexcept { return ring_; }
  /// Operations in flight at most: the completion queue has room for each and for a cancellation of each, so that it
  /// never overflows.
  std::size_t most_in_flight() const noexcept { return ring_.cq.ring_entries / 2; }
  /// Makes `event` (an eventfd) readable whenever an operation ends. Throws Error.
  void signal(int event);

 private:
  io_uring ring_{};
};

}  // namespace coffer
