#include "pipe/activity_clock.hpp"

namespace coffer {

void ActivityClock::start() {
  const std::lock_guard lock(mutex_);
  goes_ = true;
  since_ = clock_.steady_now();
}

void ActivityClock::stop() {
  const std::lock_guard lock(mutex_);
  advance();
  goes_ = false;
}

bool ActivityClock::is_going() const {
  const std::lock_guard lock(mutex_);
  return goes_;
}

void ActivityClock::works(bool on) {
  const std::lock_guard lock(mutex_);
  advance();
  works_ = on;
}

void ActivityClock::wait_begins(PipeWait wait) {
  const std::lock_guard lock(mutex_);
  advance();
  ++waits(wait);
}

void ActivityClock::wait_ends(PipeWait wait) {
  const std::lock_guard lock(mutex_);
  advance();
  --waits(wait);
}

PipeActivity ActivityClock::now() const {
  const std::lock_guard lock(mutex_);
  return activity();
}

PipeTimes ActivityClock::times() const {
  const std::lock_guard lock(mutex_);
  return up_to(clock_.steady_now());
}

/// Who reads ahead while the last bytes are being written waits for the writing.
PipeActivity ActivityClock::activity() const noexcept {
  if (waits_[static_cast<std::size_t>(PipeWait::retry)] > 0) return PipeActivity::waits_to_retry;
  if (waits_[static_cast<std::size_t>(PipeWait::output)] > 0) return PipeActivity::waits_for_output;
  const bool waits = !works_ || waits_[static_cast<std::size_t>(PipeWait::input)] > 0;
  return waits ? PipeActivity::waits_for_input : PipeActivity::works;
}

PipeTimes ActivityClock::up_to(std::chrono::steady_clock::time_point now) const noexcept {
  PipeTimes times = times_;
  if (!goes_) return times;
  const std::chrono::nanoseconds passed = now - since_;
  switch (activity()) {
    case PipeActivity::waits_for_input:
      times.waited_for_input += passed;
      break;
    case PipeActivity::works:
      times.worked += passed;
      break;
    case PipeActivity::waits_for_output:
      times.waited_for_output += passed;
      break;
    case PipeActivity::waits_to_retry:
      times.waited_to_retry += passed;
      break;
  }
  return times;
}

void ActivityClock::advance() {
  const auto now = clock_.steady_now();
  times_ = up_to(now);
  since_ = now;
}

}  // namespace coffer
