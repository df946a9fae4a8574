#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include <coffer/pipe/pipe_io.hpp>

namespace coffer::bench {

/// What a pipe does with an object that it hands on: an inference that sleeps on the compute pool, on one part after
/// the other, while the part before is being written.
class Inference {
 public:
  static constexpr std::uint64_t parts = 256;

  /// Of `bytes` bytes, at least one a part; for so long in all.
  Inference(std::uint64_t bytes, std::chrono::nanoseconds time)
      : part_(bytes / parts), for_a_byte_(std::chrono::duration<double>(time).count() / static_cast<double>(bytes)) {}
  /// Hands on everything; `around` calls what it is given, on the compute pool. Does not commit.
  Task<> co_hand_on(PipeIo& io, ByteSource& source, ByteSink& sink,
                    const std::function<void(const std::function<void()>&)>& around = nullptr) const;

 private:
  const std::size_t part_;
  const double for_a_byte_;  // Seconds.
};

}  // namespace coffer::bench
