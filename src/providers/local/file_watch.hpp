#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include <coffer/async/runtime.hpp>
#include <coffer/async/task.hpp>

#include "io_backends/io_backend.hpp"

namespace coffer {

/// Wakes a coroutine when a file or a folder changes (inotify). Where the system has no watch to give, it wakes every
/// 50 ms. One outstanding call; from any thread between calls.
class FileWatch {
 public:
  enum class News : std::uint8_t {
    none,     ///< The time is over.
    changed,  ///< A file was written to, or a name came or went.
    closed,   ///< Somebody who could write to it has closed it: its writer's end, perhaps.
  };

  FileWatch(Runtime& runtime, std::shared_ptr<IoBackend> io) : runtime_(runtime), io_(std::move(io)) {}
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;
  ~FileWatch();

  /// Watches this instead of what was watched before. What happens from its return on is not missed.
  Task<> co_watch(FilePtr file);
  /// Waits for news, at most so long. Throws Error{cancelled}.
  Task<News> co_wait(std::chrono::nanoseconds at_most);

 private:
  News take_news() const;

  Runtime& runtime_;
  const std::shared_ptr<IoBackend> io_;
  int events_ = -1;
  int watched_ = -1;
};

}  // namespace coffer
