#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include <coffer/stream/descriptor_stream.hpp>

namespace coffer {

/// What the two streams over a blocking descriptor share: the descriptor, and an event that wakes the thread which
/// polls it. Held by the stream and by its thread; the last one closes.
class BlockingDescriptor {
 public:
  enum class Ready : std::uint8_t { yes, woken };

  /// Throws Error{out_of_descriptors} and the like.
  explicit BlockingDescriptor(DescriptorConfig config);
  BlockingDescriptor(const BlockingDescriptor&) = delete;
  BlockingDescriptor& operator=(const BlockingDescriptor&) = delete;
  ~BlockingDescriptor();

  int number() const noexcept { return descriptor_; }
  const std::string& name() const noexcept { return name_; }

  /// Makes the current or the next wait_readable() return.
  void wake() noexcept;
  /// Blocks until there is something to read (or the end, or an error), or until wake().
  Ready wait_readable();
  /// Whether a read would return at once.
  bool readable_now() const;
  /// Blocks until something can be written: for a descriptor that somebody else made non-blocking.
  void wait_writable() const;

 private:
  std::string name_;
  // A number of its own also for a borrowed descriptor: the thread may still use it when the lender has closed his.
  int descriptor_;
  int event_;
};

/// Bytes to move at a time: 1 MiB, less where the budget is small, for the stream at the other end needs its part.
std::size_t descriptor_chunk(Runtime& runtime);

/// Runs `body` on a thread that nobody joins and that receives no signals (so that a write to a broken pipe fails
/// instead of ending the program). `body` owns what it uses and does not throw.
void start_detached_thread(std::function<void()> body);

}  // namespace coffer
