#pragma once

#include <cstdint>
#include <memory>

#include <coffer/async/task.hpp>

namespace coffer {

/// Wakes coroutines from any thread. Used with a condition under the user's own mutex:
///
///     const auto seen = signal.epoch();          // before looking at the condition
///     if (!condition) co_await signal.co_wait(seen);
///
/// A notification between the two is not lost. Waiters resume on their own executors; where their io_context is
/// destroyed first, they are destroyed without being resumed.
class Signal {
 public:
  Signal();
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal();  ///< Waiters that are left wake as if notified.

  std::uint64_t epoch() const noexcept;
  /// Returns after the first notify_all() that came after `seen` was taken. Throws Error{cancelled}.
  Task<> co_wait(std::uint64_t seen);
  /// The same, deaf to cancellation: for what must see its operation's end.
  Task<> co_wait_shielded(std::uint64_t seen);
  void notify_all() noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace coffer
