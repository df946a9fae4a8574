#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <utility>

#include <coffer/base/clock.hpp>
#include <coffer/pipe/run_observer.hpp>

namespace coffer {

/// Tells a RunObserver, one call at a time. Thread-safe.
class RunNews {
 public:
  /// `observer` may be null; `clock` outlives this.
  RunNews(std::shared_ptr<RunObserver> observer, const Clock& clock)
      : observer_(std::move(observer)), clock_(clock), start_(clock.steady_now()) {}

  /// Since the start of the run.
  std::chrono::nanoseconds now() const { return clock_.steady_now() - start_; }
  bool is_heard() const noexcept { return observer_ != nullptr; }

  /// `call(RunObserver&)`, where there is one.
  template <class Call>
  void tell(Call call) {
    if (!observer_) return;
    const std::lock_guard lock(mutex_);
    call(*observer_);
  }

 private:
  const std::shared_ptr<RunObserver> observer_;
  const Clock& clock_;
  const std::chrono::steady_clock::time_point start_;
  std::mutex mutex_;
};

}  // namespace coffer
