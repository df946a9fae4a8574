#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include <coffer/base/clock.hpp>
#include <coffer/observe/observer.hpp>

namespace coffer {

/// How much of the time that storage takes passes while pipes work.
struct HiddenShare {
  std::chrono::nanoseconds storage{0};  ///< When storage was in flight: a union, not a sum.
  std::chrono::nanoseconds exposed{0};  ///< The part of it in which no pipe worked.
  /// 1 - exposed / storage; 1 where storage was never in flight.
  double share() const noexcept;
};

/// Adds up HiddenShare as things begin and end. Pure: times come from outside and never go back; as many ends as
/// begins.
class HiddenShareCount {
 public:
  using Time = std::chrono::steady_clock::time_point;

  void storage_begins(Time now) noexcept;
  void storage_ends(Time now) noexcept;
  void work_begins(Time now) noexcept;
  void work_ends(Time now) noexcept;
  /// Up to `now`, what is still in flight included.
  HiddenShare at(Time now) const noexcept;

 private:
  void advance(Time now) noexcept;
  HiddenShare so_far_;
  Time last_{};
  std::uint64_t storage_ = 0;
  std::uint64_t work_ = 0;
};

/// Measures the hidden share of everything on one Runtime: given to it as its observer, and to runs, which tell when
/// pipes work. Thread-safe. Passes all on to `next`, where there is one.
class WorkMeter final : public Observer {
 public:
  explicit WorkMeter(std::shared_ptr<Observer> next = nullptr, std::shared_ptr<const Clock> clock = nullptr);

  void io_begins(IoKind kind) noexcept override;
  void io_ends(IoKind kind, std::uint64_t bytes) noexcept override;
  void warn(std::string_view line) noexcept override;
  void work_begins() noexcept;
  void work_ends() noexcept;

  HiddenShare hidden() const noexcept;
  /// Bytes that storage devices have read and written.
  std::uint64_t bytes_read() const noexcept;
  std::uint64_t bytes_written() const noexcept;

 private:
  std::shared_ptr<Observer> next_;
  std::shared_ptr<const Clock> clock_;
  mutable std::mutex mutex_;
  HiddenShareCount count_;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_written_ = 0;
};

}  // namespace coffer
