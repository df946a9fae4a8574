#include "providers/local/live_announcement.hpp"

#include <cerrno>
#include <utility>

#include <unistd.h>

#include "async/helper_threads.hpp"
#include "async/reaper.hpp"
#include "async/task_scope.hpp"
#include "providers/local/file_calls.hpp"

namespace coffer {
namespace {

int write_at(int descriptor, const std::string& bytes, std::size_t offset) noexcept {
  const ssize_t written = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  if (written < 0) return -errno;
  return static_cast<std::size_t>(written) == bytes.size() ? 0 : -ENOSPC;
}

int write_progress(int descriptor, const LiveProgress& progress) {
  return write_at(descriptor, encode_live_progress(progress), live_progress_offset);
}

/// The last word. Who follows reads it through what it has open; nobody finds the name any more.
void end(const NewFile& file, const LiveProgress& progress) {
  write_progress(file.file->descriptor(), progress);
  remove_file(file.temporary->folder(), file.temporary->name());
  unlock(file.file->descriptor());
}

}  // namespace

Task<std::shared_ptr<LiveAnnouncement>> LiveAnnouncement::co_make(LocalStore& store, const Subject& subject,
                                                                  LiveRecord record) {
  FolderPtr folder = co_await store.folders().co_hidden(subject, "live");
  NewFile file =
      co_await co_open_temporary(store.runtime(), store.io(), subject, folder->file, live_prefix(record.key), false);
  std::function<int()> call = [file = file.file, bytes = encode_live(record, LiveProgress())] {
    // Asked again: 0 tells that there are no locks.
    const int locked = try_lock(file->descriptor());
    if (locked <= 0) return locked < 0 ? locked : -ENOLCK;
    return write_at(file->descriptor(), bytes, 0);
  };
  const int written = co_await store.io()->co_try("announce", std::move(call));
  if (written == -ENOLCK) {
    throw subject.refused(ErrorKind::unsupported,
                          "this file system has no locks, so followers could not tell a killed writer from a slow one; "
                          "store it without `live`");
  }
  if (written < 0) throw subject.failed(-written, "announce");
  co_return std::make_shared<LiveAnnouncement>(store.runtime(), store.io(), std::move(file));
}

LiveAnnouncement::LiveAnnouncement(Runtime& runtime, std::shared_ptr<IoBackend> io, NewFile file)
    : runtime_(runtime), io_(std::move(io)), file_(std::move(file)) {}

LiveAnnouncement::~LiveAnnouncement() {
  if (ended_) return;
  LiveProgress last;
  last.state = LiveState::given_up;
  last.written_to = written_to_;
  file_.temporary->moved();
  runtime_.reaper()->take([file = file_, last] { end(file, last); });
}

/// What is to be told now; counts as told.
LiveProgress LiveAnnouncement::look() {
  const std::lock_guard lock(mutex_);
  told_ = written_to_;
  LiveProgress now;
  now.written_to = written_to_;
  return now;
}

void LiveAnnouncement::written_to(std::uint64_t end) {
  {
    const std::lock_guard lock(mutex_);
    if (end <= written_to_) return;
    written_to_ = end;
    if (std::exchange(telling_, true)) return;
  }
  runtime_.scope().spawn(runtime_.executor(), tell(shared_from_this()));
}

Task<> LiveAnnouncement::tell(std::shared_ptr<LiveAnnouncement> self) {
  for (bool more = true; more;) {
    std::function<int()> call = [self, now = self->look()] {
      const std::lock_guard lock(self->file_mutex_);
      return self->ended_ ? 0 : write_progress(self->file_.file->descriptor(), now);
    };
    try {
      co_await co_long_try(self->runtime_, self->io_, "tell the followers of", std::move(call));
    } catch (...) {
      // Without memory, say: they learn it from the next word.
    }
    const std::lock_guard lock(self->mutex_);
    more = self->told_ != self->written_to_;
    self->telling_ = more;
  }
}

Task<> LiveAnnouncement::co_committed() {
  std::function<int()> call = [self = shared_from_this()] {
    const std::lock_guard lock(self->file_mutex_);
    self->ended_ = true;
    self->file_.temporary->moved();
    LiveProgress last = self->look();
    last.state = LiveState::committed;
    end(self->file_, last);
    return 0;
  };
  co_await runtime_.helpers().co_run(std::move(call));
}

}  // namespace coffer
