#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <coffer/observe/work_meter.hpp>

#include "pipe/activity_clock.hpp"

namespace coffer {

/// Tells a WorkMeter when one pipe works: from begin() to end(), but not while it waits for its inputs or outputs; and
/// the pipe's ActivityClock what it does. Thread-safe.
class WorkGauge {
 public:
  /// Each may be null: then it is not told. The clock outlives this.
  WorkGauge(std::shared_ptr<WorkMeter> meter, ActivityClock* activity)
      : meter_(std::move(meter)), activity_(activity) {}
  WorkGauge(const WorkGauge&) = delete;
  WorkGauge& operator=(const WorkGauge&) = delete;
  ~WorkGauge() { end(); }

  void begin() { change(true, 0); }
  void end() { change(false, 0); }
  bool is_measured() const noexcept { return meter_ != nullptr || activity_ != nullptr; }

  /// While one of these lives, the pipe waits.
  class Pause {
   public:
    Pause(WorkGauge& gauge, PipeWait wait) : gauge_(gauge), wait_(wait) {
      gauge_.change({}, 1);
      if (gauge_.activity_ != nullptr) gauge_.activity_->wait_begins(wait_);
    }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;
    ~Pause() {
      if (gauge_.activity_ != nullptr) gauge_.activity_->wait_ends(wait_);
      gauge_.change({}, -1);
    }

   private:
    WorkGauge& gauge_;
    const PipeWait wait_;
  };

 private:
  void change(std::optional<bool> runs, int pauses) {
    if (!is_measured()) return;
    const std::lock_guard lock(mutex_);
    const bool ran = runs_;
    const bool worked = runs_ && pauses_ == 0;
    if (runs) runs_ = *runs;
    pauses_ += pauses;
    if (activity_ != nullptr && runs_ != ran) activity_->works(runs_);
    const bool works = runs_ && pauses_ == 0;
    if (!meter_) return;
    if (works && !worked) meter_->work_begins();
    if (worked && !works) meter_->work_ends();
  }

  const std::shared_ptr<WorkMeter> meter_;
  ActivityClock* const activity_;
  std::mutex mutex_;
  bool runs_ = false;
  int pauses_ = 0;
};

}  // namespace coffer
