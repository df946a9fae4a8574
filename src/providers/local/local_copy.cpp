#include "providers/local/local_copy.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "providers/local/file_calls.hpp"
#include "providers/local/store_placement.hpp"

namespace coffer {
namespace {

// Between pieces a copy can be cancelled.
constexpr std::uint64_t piece = std::uint64_t{64} << 20U;

int share_blocks(int from, int to) { return ::ioctl(to, FICLONE, from) == 0 ? 0 : -errno; }

/// Nothing is wrong with the files: the kernel does not do it between these two.
bool means_no_help(int code) {
  return code == -EOPNOTSUPP || code == -ENOTTY || code == -EXDEV || code == -EINVAL || code == -ENOSYS;
}

/// Copies up to `length` bytes at `offset`; how many in `copied`.
int copy_piece(int from, int to, std::uint64_t offset, std::uint64_t length, std::uint64_t& copied) {
  auto from_offset = static_cast<off64_t>(offset);
  auto to_offset = static_cast<off64_t>(offset);
  const ssize_t done = ::copy_file_range(from, &from_offset, to, &to_offset, length, 0);
  if (done < 0) return -errno;
  copied = static_cast<std::uint64_t>(done);
  return 0;
}

/// False where the kernel does not copy between these files.
Task<bool> co_copy_bytes(LocalStore& store, const Subject& subject, FilePtr from, FilePtr to, std::uint64_t size) {
  auto copied = std::make_shared<std::uint64_t>(0);
  for (std::uint64_t done = 0; done < size; done += *copied) {
    const std::uint64_t length = std::min(piece, size - done);
    std::function<int()> call = [from, to, done, length, copied] {
      return copy_piece(from->descriptor(), to->descriptor(), done, length, *copied);
    };
    const int result = co_await co_long_try(store.runtime(), store.io(), "copy to", std::move(call));
    if (done == 0 && means_no_help(result)) co_return false;
    if (result < 0) throw subject.failed(-result, "copy to");
    if (*copied == 0) {
      throw subject.refused(ErrorKind::corrupt, "the object that is copied ends at byte " + std::to_string(done) +
                                                    " of " + std::to_string(size) + ": another program cut it");
    }
  }
  co_return true;
}

// A file that was written to while it was copied has another checksum than its record says.
Task<> co_check_unchanged(LocalStore& store, const Subject& subject, OpenObjectPtr from) {
  auto facts = std::make_shared<FileFacts>();
  std::function<int()> call = [file = from->file, facts] { return facts_of(file->descriptor(), *facts); };
  co_await co_step(*store.io(), subject, "look at", std::move(call));
  if (facts->modified_ns == from->modified_ns && facts->size == *from->object.info.size) co_return;
  throw subject.refused(ErrorKind::conflict,
                        "the object was changed by another program while it was copied; copy it again");
}

}  // namespace

Task<std::optional<Stored>> co_copy_file(std::shared_ptr<LocalStore> store, OpenObjectPtr from, std::string to,
                                         WriteOptions options) {
  const Subject subject = store->subject("copy to", to);
  KeyPlace place = place_of_key(to).value();
  check_record_fits(options.content_type(), options.metadata()).value();
  FolderPtr folder = co_await store->folders().co_nearest(subject, place.folder);
  auto placement =
      std::make_shared<StorePlacement>(store, subject, std::move(to), std::move(place), folder, std::move(options));
  co_await placement->co_check_name();
  // Buffered: the kernel copies through the page cache where it cannot share blocks.
  NewFile made = co_await store->co_new_file(subject, folder, false);
  const std::uint64_t size = *from->object.info.size;
  std::function<int()> share = [source = from->file, target = made.file] {
    return share_blocks(source->descriptor(), target->descriptor());
  };
  const int shared = co_await co_long_try(store->runtime(), store->io(), "share blocks with", std::move(share));
  if (shared < 0 && !means_no_help(shared)) throw subject.failed(-shared, "share blocks with");
  if (shared < 0) {
    const bool copied = co_await co_copy_bytes(*store, subject, from->file, made.file, size);
    if (!copied) co_return std::nullopt;
  }
  co_await co_check_unchanged(*store, subject, from);
  co_return co_await co_commit_file(store->runtime(), placement, std::move(made), size, *from->object.info.crc32c);
}

}  // namespace coffer
