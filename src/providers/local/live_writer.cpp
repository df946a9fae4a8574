#include "providers/local/live_writer.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "providers/local/file_calls.hpp"
#include "providers/local/folder_names.hpp"
#include "providers/local/paths.hpp"

namespace coffer {
namespace {

constexpr int reading = O_RDONLY | O_NONBLOCK;

std::string writers_folder() { return joined(hidden_folder, "live"); }

struct OpenedRecord {
  Descriptor descriptor;
  std::optional<LiveRecord> record;
};

int open_record(int folder, const std::string& name, OpenedRecord& out) {
  const int opened = open_beneath(folder, name, reading);
  if (opened < 0) return opened;
  out.descriptor = Descriptor(opened);
  std::array<char, longest_live_record> bytes{};
  const ssize_t got = ::pread(opened, bytes.data(), bytes.size(), 0);
  if (got < 0) return -errno;
  out.record = decode_live({bytes.data(), static_cast<std::size_t>(got)});
  return 0;
}

int ask(int descriptor, std::optional<WriterNews>& out) {
  // First: whoever was alive then has written at least what is read after it.
  const int locked = is_locked(descriptor);
  if (locked < 0) return locked;
  std::array<char, live_progress_size> bytes{};
  const ssize_t got = ::pread(descriptor, bytes.data(), bytes.size(), live_progress_offset);
  if (got < 0) return -errno;
  const auto progress = decode_live_progress({bytes.data(), static_cast<std::size_t>(got)});
  if (!progress) return 0;
  out = WriterNews{*progress, locked > 0};
  return 0;
}

/// The names of all records that may be about `key`.
Task<std::vector<FolderName>> co_names(IoBackend& io, const Subject& subject, FolderPtr folder,
                                       const std::string& key) {
  NameQuery query;
  query.prefix = live_prefix(key);
  auto part = std::make_shared<NamePart>();
  std::function<int()> list = [folder, part, query] {
    return read_names(folder->file->descriptor(), "", query, *part);
  };
  co_await co_step(io, subject, "list the writers of", std::move(list));
  co_return std::move(part->names);
}

/// The file that a writer writes, without the kernel's own read-ahead: that would read places not yet written.
Task<FilePtr> co_open_written(LocalStore& store, const Subject& subject, const std::string& name) {
  FolderPtr root = co_await store.folders().co_root(subject);
  auto file = std::make_shared<OpenedFile>();
  std::function<int()> open = [root, file, path = joined(joined(hidden_folder, "tmp"), name)] {
    return root ? open_file(root->file->descriptor(), path, *file) : -ENOENT;
  };
  const int result = co_await store.io()->co_try("open what is written of", std::move(open));
  if (result < 0 && result != -ENOENT) throw subject.failed(-result, "open what is written of");
  if (result < 0 || !file->facts.is_regular()) co_return nullptr;
  ::posix_fadvise(file->descriptor.number(), 0, 0, POSIX_FADV_RANDOM);
  co_return std::make_shared<const File>(file->descriptor.release(), store.runtime().reaper());
}

}  // namespace

Task<std::optional<WriterNews>> co_ask_writer(IoBackend& io, const Subject& subject, FilePtr announcement) {
  auto news = std::make_shared<std::optional<WriterNews>>();
  std::function<int()> call = [announcement, news] { return ask(announcement->descriptor(), *news); };
  co_await co_step(io, subject, "ask the writer of", std::move(call));
  co_return *news;
}

Task<FolderPtr> co_writers_place(LocalStore& store, const Subject& subject) {
  try {
    for (std::string key = writers_folder();; key = folder_above(key)) {
      FolderPtr folder = co_await store.folders().co_open(subject, key);
      if (folder || key.empty()) co_return folder;
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::permission_denied) throw;
    throw subject
        .refused(
            ErrorKind::permission_denied,
            "only the user who owns the store sees what is still being written in it; follow as that user, or read "
            "the object once it is complete, without following")
        .because(error);
  }
}

Task<WriterSearch> co_find_writer(LocalStore& store, const Subject& subject, FolderPtr place, std::string key) {
  WriterSearch search;
  if (!place || place->key != writers_folder()) co_return std::move(search);
  const std::vector<FolderName> names = co_await co_names(*store.io(), subject, place, key);
  for (const FolderName& name : names) {
    if (name.is_folder) continue;
    auto opened = std::make_shared<OpenedRecord>();
    std::function<int()> open = [place, opened, name = name.name] {
      return open_record(place->file->descriptor(), name, *opened);
    };
    const int result = co_await store.io()->co_try("look at a writer of", std::move(open));
    if (result == -ENOENT) continue;
    if (result < 0) throw subject.failed(-result, "look at a writer of");
    if (!opened->record || opened->record->key != key) continue;
    LiveWriter writer;
    writer.record = std::move(*opened->record);
    writer.announcement = std::make_shared<const File>(opened->descriptor.release(), store.runtime().reaper());
    const std::optional<WriterNews> news = co_await co_ask_writer(*store.io(), subject, writer.announcement);
    if (news && news->progress.state != LiveState::writing) continue;
    if (news && !news->alive) {
      search.killed = true;
    } else if (!search.found || search.found->record.begun_ns < writer.record.begun_ns) {
      search.found = std::move(writer);
    }
  }
  if (search.found) search.found->file = co_await co_open_written(store, subject, search.found->record.file);
  co_return std::move(search);
}

}  // namespace coffer
