#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <coffer/async/task.hpp>

#include "io_backends/io_backend.hpp"
#include "providers/local/store_folders.hpp"
#include "providers/local/subject.hpp"

namespace coffer {

/// Holds one of a store's 256 locks: who replaces or removes an object does so alone among Coffer's processes. Let go
/// with the last holder, or with the process.
class KeyLock {
 public:
  using Release = void (*)(int) noexcept;

  KeyLock(FilePtr file, Release release) noexcept : file_(std::move(file)), release_(release) {}
  KeyLock(const KeyLock&) = delete;
  KeyLock& operator=(const KeyLock&) = delete;
  ~KeyLock() { release_(file_->descriptor()); }

 private:
  FilePtr file_;
  Release release_;
};
using KeyLockPtr = std::shared_ptr<const KeyLock>;

/// Which lock a key has: "00" to "ff".
std::string lock_name(const std::string& key);

/// Waits for the lock of `key`, which others hold for a few system calls. Holds no thread meanwhile. Who was stopped
/// while it held the lock must not stop the others for ever: Error{timed_out} after `longest`. On a full disk a
/// folder is locked in place of a lock that cannot be made: what frees room must not need any. Arguments outlive the
/// task.
Task<KeyLockPtr> co_lock_key(Runtime& runtime, const std::shared_ptr<IoBackend>& io, StoreFolders& folders,
                             const Subject& subject, const std::string& key,
                             std::chrono::nanoseconds longest = std::chrono::seconds(30));

}  // namespace coffer
