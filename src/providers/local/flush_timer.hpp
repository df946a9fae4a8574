#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>

#include <coffer/async/runtime.hpp>
#include <coffer/async/task.hpp>

#include "async/signal.hpp"
#include "providers/local/block_writer.hpp"

namespace coffer {

/// Writes out what a BlockWriter holds back for a full block, a little later than it came: for followers of a producer
/// that is slow. It and the sink take turns at the writer. Shared with its own task.
class FlushTimer : public std::enable_shared_from_this<FlushTimer> {
 public:
  FlushTimer(Runtime& runtime, std::shared_ptr<BlockWriter> writer);

  /// The writer is the holder's alone as long as it lives.
  class Turn {
   public:
    Turn() = default;
    explicit Turn(std::shared_ptr<FlushTimer> timer) noexcept : timer_(std::move(timer)) {}
    Turn(Turn&&) noexcept = default;
    Turn& operator=(Turn&&) = delete;
    ~Turn();

   private:
    std::shared_ptr<FlushTimer> timer_;
  };
  /// Waits for the other's turn to end: a write at most. Throws what failed a flush.
  Task<Turn> co_turn();

  /// In a turn: something was written, and some of it may be held back.
  void wrote();
  /// Nothing is flushed any more.
  void stop() noexcept;

 private:
  /// `due` is what is held back now.
  static Task<> run(std::shared_ptr<FlushTimer> self, std::uint64_t due);
  Task<> co_take_turn();
  bool is_stopped();

  Runtime& runtime_;
  const std::shared_ptr<BlockWriter> writer_;
  Signal freed_;
  std::mutex mutex_;
  bool taken_ = false;
  bool stopped_ = false;
  // In turns only.
  bool running_ = false;
  std::exception_ptr failed_;
};

}  // namespace coffer
