#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include <coffer/async/runtime.hpp>
#include <coffer/stream/byte_sink.hpp>

#include "async/started.hpp"

namespace coffer {

/// Reads on from an offset with several reads in flight, so that a reader that fell behind what is kept in memory can
/// catch up with its writer. One outstanding call; from any thread between calls.
class ReadbackAhead {
 public:
  ReadbackAhead(Runtime& runtime, std::string holder);

  /// Reads at `offset` were started and their bytes not yet taken.
  bool has(std::uint64_t offset) const noexcept { return !reads_.empty() && reads_.front().offset == offset; }
  /// The next offset that no read was started for.
  std::uint64_t next() const noexcept { return next_; }
  /// One more can be in flight without taking memory from others.
  bool wants_more() const;
  /// Starts a read of at most `room` bytes, at least 1, at `offset`; those that do not lead there are dropped.
  void start(const boost::asio::any_io_executor& executor, std::shared_ptr<Readback> readback, std::uint64_t offset,
             std::uint64_t room);
  /// The bytes of the first read. Throws what it threw; then, and where it came short, the others are dropped.
  Task<Chunk> co_take();
  void drop() noexcept { reads_.clear(); }

  BudgetShare& share() noexcept { return *share_; }

 private:
  struct Read {
    std::uint64_t offset = 0;
    std::size_t length = 0;
    Started<Chunk> chunk;
  };

  Runtime& runtime_;
  const std::shared_ptr<BudgetShare> share_;  // The reads' too, which may outlive this.
  std::deque<Read> reads_;
  std::uint64_t next_ = 0;
  std::size_t depth_ = 1;
};

}  // namespace coffer
