#pragma once

#include <memory>
#include <optional>
#include <string>

#include <coffer/async/task.hpp>

#include "io_backends/io_backend.hpp"
#include "providers/local/live_record.hpp"
#include "providers/local/local_store.hpp"
#include "providers/local/subject.hpp"

namespace coffer {

/// A writer in some process, as its followers see it.
struct LiveWriter {
  LiveRecord record;
  FilePtr announcement;  ///< Open for reading.
  FilePtr file;          ///< What it writes, open for reading; null where the name was gone already.
};

/// What is known of a writer now.
struct WriterNews {
  LiveProgress progress;
  bool alive = true;
};

/// Who writes a key.
struct WriterSearch {
  std::optional<LiveWriter> found;  ///< The one that began last, of those that still write.
  bool killed = false;              ///< There is one that was killed.
};

/// The folder where writers announce themselves, or the nearest one above it; null where there is no store yet.
/// Error{permission_denied}, with the cure, where it is closed to this user. `store` and `subject` outlive the task.
Task<FolderPtr> co_writers_place(LocalStore& store, const Subject& subject);

/// Looks through `place`, which may be null. `store` and `subject` outlive the task.
Task<WriterSearch> co_find_writer(LocalStore& store, const Subject& subject, FolderPtr place, std::string key);

/// Asks a writer. Nothing where it was just writing that: ask again. `subject` outlives the task.
Task<std::optional<WriterNews>> co_ask_writer(IoBackend& io, const Subject& subject, FilePtr announcement);

}  // namespace coffer
