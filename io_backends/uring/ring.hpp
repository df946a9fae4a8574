#pragma once

#include <cstddef>

#include <liburing.h>

namespace coffer {

/// Owns a ring of the kernel's. Not thread-safe: its user has a mutex.
class Ring {
 public:
  /// Entries of the submission queue: what one system call can hand over.
  static constexpr unsigned submissions = 256;
  /// Operations in flight at most. The completion queue has room for each and for a cancellation of each, so that it
  /// never overflows.
  static constexpr unsigned most_in_flight = 2048;

  /// `one_thread`: whether the same thread submits always, and soon enters the kernel again after it did; completions
  /// then wait for it instead of interrupting it. On a thread that computes between its system calls they came 4 ms
  /// late. Throws Error.
  explicit Ring(bool one_thread);
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  /// Does not wait for operations in flight: they would write into memory that is gone.
  ~Ring();

  io_uring& raw() noexcept { return ring_; }
  /// Makes `event` (an eventfd) readable whenever an operation ends. Throws Error.
  void signal(int event);

 private:
  io_uring ring_{};
};

}  // namespace coffer
