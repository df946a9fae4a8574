#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <coffer/observe/work_meter.hpp>

namespace coffer {

/// Tells a WorkMeter when one pipe works: from begin() to end(), but not while it waits for its inputs or outputs.
/// Thread-safe.
class WorkGauge {
 public:
  /// `meter` may be null: then nobody is told.
  explicit WorkGauge(std::shared_ptr<WorkMeter> meter) : meter_(std::move(meter)) {}
  WorkGauge(const WorkGauge&) = delete;
  WorkGauge& operator=(const WorkGauge&) = delete;
  ~WorkGauge() { end(); }

  void begin() { change(true, 0); }
  void end() { change(false, 0); }
  bool is_measured() const noexcept { return meter_ != nullptr; }

  /// While one of these lives, the pipe waits.
  class Pause {
   public:
    explicit Pause(WorkGauge& gauge) : gauge_(gauge) { gauge_.change({}, 1); }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;
    ~Pause() { gauge_.change({}, -1); }

   private:
    WorkGauge& gauge_;
  };

 private:
  void change(std::optional<bool> runs, int pauses) {
    if (!meter_) return;
    const std::lock_guard lock(mutex_);
    const bool worked = runs_ && pauses_ == 0;
    if (runs) runs_ = *runs;
    pauses_ += pauses;
    const bool works = runs_ && pauses_ == 0;
    if (works && !worked) meter_->work_begins();
    if (worked && !works) meter_->work_ends();
  }

  const std::shared_ptr<WorkMeter> meter_;
  std::mutex mutex_;
  bool runs_ = false;
  int pauses_ = 0;
};

}  // namespace coffer
