#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <coffer/async/task.hpp>

namespace coffer {

class HelperThreads;

/// Finishes what was dropped: closes descriptors, removes temporary files. Destructors hand over and return at once.
/// Thread-safe; shared by whatever may outlive the Runtime's own references.
class Reaper {
 public:
  explicit Reaper(std::shared_ptr<HelperThreads> helpers);
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;
  ~Reaper();

  void close_descriptor(int descriptor) noexcept;
  /// Runs `clean_up` on a helper thread. It owns what it uses and does not throw.
  void take(std::function<void()> clean_up) noexcept;
  /// Waits until nothing is left; false where the deadline came first.
  Task<bool> co_drain(std::chrono::nanoseconds deadline);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace coffer
