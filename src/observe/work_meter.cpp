#include <utility>

#include <coffer/observe/work_meter.hpp>

namespace coffer {

double HiddenShare::share() const noexcept {
  if (storage.count() == 0) return 1;
  return 1 - static_cast<double>(exposed.count()) / static_cast<double>(storage.count());
}

void HiddenShareCount::advance(Time now) noexcept {
  if (now <= last_) return;
  const auto passed = std::chrono::duration_cast<std::chrono::nanoseconds>(now - last_);
  if (storage_ > 0) so_far_.storage += passed;
  if (storage_ > 0 && work_ == 0) so_far_.exposed += passed;
  last_ = now;
}

void HiddenShareCount::storage_begins(Time now) noexcept {
  advance(now);
  ++storage_;
}

void HiddenShareCount::storage_ends(Time now) noexcept {
  advance(now);
  --storage_;
}

void HiddenShareCount::work_begins(Time now) noexcept {
  advance(now);
  ++work_;
}

void HiddenShareCount::work_ends(Time now) noexcept {
  advance(now);
  --work_;
}

HiddenShare HiddenShareCount::at(Time now) const noexcept {
  HiddenShareCount until = *this;
  until.advance(now);
  return until.so_far_;
}

WorkMeter::WorkMeter(std::shared_ptr<Observer> next, std::shared_ptr<const Clock> clock)
    : next_(std::move(next)), clock_(clock ? std::move(clock) : std::make_shared<SystemClock>()) {}

void WorkMeter::io_begins(IoKind kind) noexcept {
  {
    const std::lock_guard lock(mutex_);
    count_.storage_begins(clock_->steady_now());
  }
  if (next_) next_->io_begins(kind);
}

void WorkMeter::io_ends(IoKind kind, std::uint64_t bytes) noexcept {
  {
    const std::lock_guard lock(mutex_);
    count_.storage_ends(clock_->steady_now());
    if (kind == IoKind::read) bytes_read_ += bytes;
    if (kind == IoKind::write) bytes_written_ += bytes;
  }
  if (next_) next_->io_ends(kind, bytes);
}

void WorkMeter::warn(std::string_view line) noexcept {
  if (next_) next_->warn(line);
}

void WorkMeter::work_begins() noexcept {
  const std::lock_guard lock(mutex_);
  count_.work_begins(clock_->steady_now());
}

void WorkMeter::work_ends() noexcept {
  const std::lock_guard lock(mutex_);
  count_.work_ends(clock_->steady_now());
}

HiddenShare WorkMeter::hidden() const noexcept {
  const std::lock_guard lock(mutex_);
  return count_.at(clock_->steady_now());
}

std::uint64_t WorkMeter::bytes_read() const noexcept {
  const std::lock_guard lock(mutex_);
  return bytes_read_;
}

std::uint64_t WorkMeter::bytes_written() const noexcept {
  const std::lock_guard lock(mutex_);
  return bytes_written_;
}

}  // namespace coffer
