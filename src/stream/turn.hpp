#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <coffer/async/task.hpp>

namespace coffer {

/// For streams that never have to wait: without it, a loop that moves bytes from memory to memory would let nobody else
/// run on its thread, nor ever see that it was cancelled.
class Turn {
 public:
  /// Counts what a call moved.
  void spend(std::size_t bytes) noexcept { spent_ += bytes + cost_of_a_call; }
  /// Whether it is time for co_give_way(). A new turn begins.
  bool over() noexcept {
    if (spent_ < length) return false;
    spent_ = 0;
    return true;
  }

 private:
  /// About 0.1 ms of copying and hashing, against 0.1 µs for a way through the loop's queue.
  static constexpr std::size_t length = std::size_t{1} << 20U;
  /// Small reads and writes take as long as copying this much.
  static constexpr std::size_t cost_of_a_call = std::size_t{1} << 10U;
  std::size_t spent_ = 0;
};

/// The same for calls that many tasks make of one object, each of them short. Thread-safe.
class CallTurns {
 public:
  /// Once in 64 calls: time for co_give_way().
  bool over() noexcept { return calls_.fetch_add(1, std::memory_order_relaxed) % 64 == 63; }

 private:
  std::atomic<std::uint32_t> calls_ = 0;
};

/// Goes to the end of the loop's queue. Throws Error{cancelled}.
Task<> co_give_way();

}  // namespace coffer
