#pragma once

#include <cstdint>
#include <utility>

#include <coffer/observe/observer.hpp>

namespace coffer {

/// One operation in flight as the observer sees it: begins when made, ends when it is destroyed, also where the
/// operation was abandoned.
class IoSpan {
 public:
  IoSpan() = default;
  IoSpan(Observer& observer, IoKind kind) noexcept : observer_(&observer), kind_(kind) { observer.io_begins(kind); }
  IoSpan(IoSpan&& other) noexcept : observer_(std::exchange(other.observer_, nullptr)), kind_(other.kind_) {}
  IoSpan& operator=(IoSpan&&) = delete;
  ~IoSpan() { end(0); }

  /// `bytes` is what the operation moved. Once; later calls do nothing.
  void end(std::uint64_t bytes) noexcept {
    if (Observer* const observer = std::exchange(observer_, nullptr)) observer->io_ends(kind_, bytes);
  }

 private:
  Observer* observer_ = nullptr;
  IoKind kind_ = IoKind::read;
};

}  // namespace coffer
