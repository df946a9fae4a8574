#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <coffer/observe/observer.hpp>

namespace coffer::test {

/// Counts what it is told.
class CountingObserver final : public Observer {
 public:
  void io_begins(IoKind kind) noexcept override { ++of(kind).begun; }
  void io_ends(IoKind kind, std::uint64_t bytes) noexcept override {
    of(kind).bytes += bytes;
    ++of(kind).ended;
  }
  void warn(std::string_view line) noexcept override {
    const std::lock_guard lock(mutex_);
    warnings_.emplace_back(line);
  }

  std::uint64_t begun(IoKind kind) const { return of(kind).begun; }
  std::uint64_t bytes(IoKind kind) const { return of(kind).bytes; }
  /// Operations that have begun and not ended, of all kinds.
  std::int64_t in_flight() const {
    std::int64_t count = 0;
    for (const Counts& counts : counts_) count += static_cast<std::int64_t>(counts.begun - counts.ended);
    return count;
  }
  std::vector<std::string> warnings() const {
    const std::lock_guard lock(mutex_);
    return warnings_;
  }

 private:
  struct Counts {
    std::atomic<std::uint64_t> begun = 0;
    std::atomic<std::uint64_t> ended = 0;
    std::atomic<std::uint64_t> bytes = 0;
  };
  Counts& of(IoKind kind) { return counts_.at(static_cast<std::size_t>(kind)); }
  const Counts& of(IoKind kind) const { return counts_.at(static_cast<std::size_t>(kind)); }

  std::array<Counts, 4> counts_;
  mutable std::mutex mutex_;
  std::vector<std::string> warnings_;
};

}  // namespace coffer::test
