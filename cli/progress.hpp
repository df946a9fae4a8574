#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "cli/console.hpp"

namespace coffer::cli {

/// Shows on standard error how far a transfer is: on a terminal as one line redrawn at most ten times a second, else as
/// a line each ten seconds. Nothing with -q. Thread-safe.
class Progress {
 public:
  /// `what` as in "put video.mp4"; `total` in bytes, where it is known.
  Progress(Console& console, std::string what, std::optional<std::uint64_t> total = std::nullopt);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  /// Bytes so far. Cheap: only noted.
  void set(std::uint64_t bytes) noexcept { bytes_ = bytes; }
  void add(std::uint64_t bytes) noexcept { bytes_ += bytes; }
  void set_total(std::uint64_t bytes) noexcept {
    total_ = bytes;
    total_known_ = true;
  }
  std::uint64_t bytes() const noexcept { return bytes_; }
  std::chrono::nanoseconds elapsed() const { return std::chrono::steady_clock::now() - begun_; }
  /// Takes the line away and leaves a last one: "<did> 2.6 GiB in 3.1 s, 860 MiB/s, memory at most 34 MiB".
  void finish(const std::string& did);

 private:
  void run();
  void stop();

  Console& console_;
  const std::string what_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> bytes_ = 0;
  std::atomic<std::uint64_t> total_ = 0;
  std::atomic<bool> total_known_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
  std::thread thread_;
};

/// Bytes of this process in memory: now, and the most there ever were.
std::uint64_t memory_now();
std::uint64_t memory_peak();

}  // namespace coffer::cli
