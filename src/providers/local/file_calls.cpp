#include "providers/local/file_calls.hpp"

#include <array>
#include <cerrno>
#include <cstdio>

#include <coffer/base/error.hpp>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "providers/local/attribute_record.hpp"

namespace coffer {
namespace {

// Debian 12's glibc has no names for these; the kernel's numbers are fixed.
#ifndef STATX_DIOALIGN
#define STATX_DIOALIGN 0x00002000U
#endif

constexpr mode_t file_mode = 0666;
// Of a path while others rename what is on it.
constexpr int most_walks = 100;
// Without waiting for the other end of a FIFO, and without taking a terminal.
constexpr int reading_flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;

int result_of(long value) noexcept { return value < 0 ? -errno : static_cast<int>(value); }

std::int64_t nanoseconds(const timespec& time) noexcept {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

void copy_facts(const struct stat& from, FileFacts& to) noexcept {
  to.mode = from.st_mode;
  to.size = static_cast<std::uint64_t>(from.st_size);
  to.modified_ns = nanoseconds(from.st_mtim);
  to.changed_ns = nanoseconds(from.st_ctim);
  to.device = from.st_dev;
  to.inode = from.st_ino;
  to.links = from.st_nlink;
}

std::string path_of(int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); }

}  // namespace

bool FileFacts::is_regular() const noexcept { return S_ISREG(mode); }
bool FileFacts::is_folder() const noexcept { return S_ISDIR(mode); }

int facts_of(int descriptor, FileFacts& facts) noexcept {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return -errno;
  copy_facts(status, facts);
  return 0;
}

int facts_at(int folder, const std::string& name, FileFacts& facts) noexcept {
  struct stat status{};
  if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return -errno;
  copy_facts(status, facts);
  return 0;
}

int open_beneath(int folder, const std::string& path, int flags, mode_t mode) noexcept {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const char* const text = path.empty() ? "." : path.c_str();
  for (int attempt = 0;; ++attempt) {
    const int opened = result_of(::syscall(SYS_openat2, folder, text, &how, sizeof how));
    // A rename elsewhere in the tree disturbed the walk; or another program holds a lease on the file, for long.
    if (opened == -EAGAIN && attempt < most_walks) continue;
    // EPERM is also what sandboxes answer to a call that they do not know.
    if (opened == -ENOSYS || opened == -EPERM) return open_beneath_by_segments(folder, path, flags, mode);
    return opened;
  }
}

int open_beneath_by_segments(int folder, const std::string& path, int flags, mode_t mode) noexcept {
  // openat2 follows ".." as long as it stays beneath; here nothing would hold it there.
  if (path.starts_with('/') || ('/' + path + '/').find("/../") != std::string::npos) return -EXDEV;
  Descriptor parent;
  std::size_t begin = 0;
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', begin)) {
    const std::string segment = path.substr(begin, slash - begin);
    const int from = parent ? parent.number() : folder;
    const int next = ::openat(from, segment.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (next < 0) return -errno;
    parent = Descriptor(next);
    FileFacts facts;
    if (const int failed = facts_of(next, facts); failed < 0) return failed;
    if (S_ISLNK(facts.mode)) return -ELOOP;
    if (!facts.is_folder()) return -ENOTDIR;
    begin = slash + 1;
  }
  const std::string name = path.empty() ? std::string(".") : path.substr(begin);
  const int from = parent ? parent.number() : folder;
  return result_of(::openat(from, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode));
}

int read_attribute(int descriptor, std::string& out) {
  std::array<char, 4096> bytes{};
  const ssize_t got = ::fgetxattr(descriptor, record_attribute, bytes.data(), bytes.size());
  if (got >= 0) {
    out.assign(bytes.data(), static_cast<std::size_t>(got));
    return 0;
  }
  out.clear();
  // ERANGE: longer than any record, so not Coffer's.
  if (errno == ENODATA || errno == EOPNOTSUPP || errno == ERANGE) return 0;
  return -errno;
}

int write_attribute(int descriptor, const std::string& bytes) noexcept {
  return result_of(::fsetxattr(descriptor, record_attribute, bytes.data(), bytes.size(), 0));
}

namespace {

int look_into(int opened, OpenedFile& out) {
  if (opened < 0) return opened;
  out.descriptor = Descriptor(opened);
  if (const int failed = facts_of(opened, out.facts); failed < 0) return failed;
  if (!out.facts.is_regular()) return 0;
  return read_attribute(opened, out.attribute);
}

}  // namespace

int open_file(int folder, const std::string& path, OpenedFile& out) {
  return look_into(open_beneath(folder, path, reading_flags), out);
}

int open_named_file(const std::string& path, OpenedFile& out) {
  return look_into(result_of(::open(path.c_str(), reading_flags | O_CLOEXEC)), out);
}

int look_at(int folder, const std::string& name, bool attribute, OpenedFile& out) {
  const int opened = result_of(::openat(folder, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (opened < 0) return opened;
  out.descriptor = Descriptor(opened);
  if (const int failed = facts_of(opened, out.facts); failed < 0) return failed;
  if (!attribute || !out.facts.is_regular()) return 0;
  // Attributes cannot be read through O_PATH.
  OpenedFile readable;
  if (const int failed = open_file(folder, name, readable); failed < 0) return failed;
  out.attribute = std::move(readable.attribute);
  return 0;
}

int open_unnamed(int folder, bool direct) noexcept {
  const int flags = O_TMPFILE | O_RDWR | O_CLOEXEC;
  if (direct) {
    const int opened = result_of(::openat(folder, ".", flags | O_DIRECT, file_mode));
    if (opened != -EINVAL) return opened;
  }
  return result_of(::openat(folder, ".", flags, file_mode));
}

int open_temporary(int folder, const std::string& name, bool direct) noexcept {
  const int flags = O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC;
  int opened = direct ? result_of(::openat(folder, name.c_str(), flags | O_DIRECT, file_mode)) : -EINVAL;
  // Some file systems make the file before they refuse O_DIRECT.
  if (opened == -EINVAL) {
    if (direct) ::unlinkat(folder, name.c_str(), 0);
    opened = result_of(::openat(folder, name.c_str(), flags, file_mode));
  }
  if (opened < 0) return opened;
  Descriptor file(opened);
  // Between the two calls a collector may have taken it for abandoned.
  const int locked = try_lock(opened);
  FileFacts facts;
  const int failed = facts_of(opened, facts);
  if (locked >= 0 && failed == 0 && facts.links > 0) return file.release();
  ::unlinkat(folder, name.c_str(), 0);
  return locked < 0 ? locked : failed < 0 ? failed : -EAGAIN;
}

int link_unnamed(int descriptor, int folder, const std::string& name) noexcept {
  const std::string path = path_of(descriptor);
  const int linked = result_of(::linkat(AT_FDCWD, path.c_str(), folder, name.c_str(), AT_SYMLINK_FOLLOW));
  if (linked != -ENOENT) return linked;
  // Either the folder is gone or /proc is not mounted; this needs neither /proc nor, since Linux 6.10, a privilege.
  return result_of(::linkat(descriptor, "", folder, name.c_str(), AT_EMPTY_PATH));
}

int move_to_free_name(int from_folder, const std::string& from, int folder, const std::string& name) noexcept {
  const int moved = result_of(::renameat2(from_folder, from.c_str(), folder, name.c_str(), RENAME_NOREPLACE));
  if (moved != -EINVAL && moved != -ENOSYS) return moved;
  // A file system without that flag.
  const int linked = result_of(::linkat(from_folder, from.c_str(), folder, name.c_str(), 0));
  // The object is there; a name that stays is a leftover.
  if (linked == 0) remove_file(from_folder, from);
  return linked;
}

int rename_file(int from_folder, const std::string& from, int folder, const std::string& name) noexcept {
  return result_of(::renameat(from_folder, from.c_str(), folder, name.c_str()));
}

int remove_file(int folder, const std::string& name) noexcept { return result_of(::unlinkat(folder, name.c_str(), 0)); }

int remove_folder(int folder, const std::string& name) noexcept {
  return result_of(::unlinkat(folder, name.c_str(), AT_REMOVEDIR));
}

int make_folder(int folder, const std::string& name, mode_t mode) noexcept {
  return result_of(::mkdirat(folder, name.c_str(), mode));
}

DirectAlignment direct_alignment(int descriptor) noexcept {
  // File systems that do not say (before Linux 6.1, and some still) want at most a page.
  constexpr std::uint32_t page = 4096;
  struct statx status{};
  const long failed = ::syscall(SYS_statx, descriptor, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status);
  if (failed != 0 || (status.stx_mask & STATX_DIOALIGN) == 0) return {page, page};
  return {status.stx_dio_mem_align, status.stx_dio_offset_align};
}

int set_direct(int descriptor, bool on) noexcept {
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0) return -errno;
  return result_of(::fcntl(descriptor, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT));
}

int reserve(int descriptor, std::uint64_t size) noexcept {
  const int done = result_of(::fallocate(descriptor, 0, 0, static_cast<off_t>(size)));
  return done == -EOPNOTSUPP || done == -ENOSYS ? 0 : done;
}

int try_lock(int descriptor) noexcept {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const int done = result_of(::fcntl(descriptor, F_OFD_SETLK, &lock));
  if (done == 0) return 1;
  if (done == -EACCES) return -EAGAIN;
  return done == -ENOLCK || done == -EOPNOTSUPP || done == -EINVAL ? 0 : done;
}

void unlock(int descriptor) noexcept {
  struct flock lock{};
  lock.l_type = F_UNLCK;
  lock.l_whence = SEEK_SET;
  ::fcntl(descriptor, F_OFD_SETLK, &lock);
}

int try_lock_folder(int descriptor) noexcept {
  const int done = result_of(::flock(descriptor, LOCK_EX | LOCK_NB));
  if (done == 0) return 1;
  switch (done) {
    case -ENOLCK:
    case -EOPNOTSUPP:
    case -EINVAL:
    case -EBADF:
    // What sandboxes answer.
    case -ENOSYS:
    case -EPERM:
    case -EACCES:
      return 0;
    default:
      return done;
  }
}

void unlock_folder(int descriptor) noexcept { ::flock(descriptor, LOCK_UN); }

int is_locked(int descriptor) noexcept {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(descriptor, F_OFD_GETLK, &lock) != 0) return -errno;
  return lock.l_type == F_UNLCK ? 0 : 1;
}

std::uint64_t random_number() {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number) {
    throw Error::from_errno(errno, "getting random bytes from the kernel");
  }
  return number;
}

std::string random_name(std::size_t count) {
  std::string name;
  while (name.size() < 2 * count) name += etag_text(random_number());
  name.resize(2 * count);
  return name;
}

}  // namespace coffer
