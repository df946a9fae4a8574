#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include <coffer/async/task.hpp>

#include "providers/local/live_record.hpp"
#include "providers/local/local_store.hpp"
#include "providers/local/new_file.hpp"
#include "providers/local/subject.hpp"

namespace coffer {

/// Tells followers in other processes how far an object is written: a record in the hidden folder's `live`, which its
/// writer holds locked, so that a killed writer is known by its lock. Telling them never fails nor delays the writer:
/// they learn the end from the object itself. Dropped without an end, it says that the writer gave up. Thread-safe.
class LiveAnnouncement : public std::enable_shared_from_this<LiveAnnouncement> {
 public:
  /// Error{unsupported} where the file system has no locks. `store` and `subject` outlive the task.
  static Task<std::shared_ptr<LiveAnnouncement>> co_make(LocalStore& store, const Subject& subject, LiveRecord record);

  LiveAnnouncement(Runtime& runtime, std::shared_ptr<IoBackend> io, NewFile file);
  LiveAnnouncement(const LiveAnnouncement&) = delete;
  LiveAnnouncement& operator=(const LiveAnnouncement&) = delete;
  ~LiveAnnouncement();

  /// So many bytes from the start can be read. Returns at once; what follows quickly is told together.
  void written_to(std::uint64_t end);
  /// The object has its name, durably. Nothing is told any more.
  Task<> co_committed();

 private:
  static Task<> tell(std::shared_ptr<LiveAnnouncement> self);
  LiveProgress look();

  Runtime& runtime_;
  const std::shared_ptr<IoBackend> io_;
  const NewFile file_;
  std::mutex file_mutex_;  // Held while the file is written.
  bool ended_ = false;     // Nothing comes after the last word.
  std::mutex mutex_;
  std::uint64_t written_to_ = 0;
  std::uint64_t told_ = 0;
  bool telling_ = false;
};

}  // namespace coffer
