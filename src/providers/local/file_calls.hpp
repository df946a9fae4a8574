#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

#include "base/descriptor.hpp"

namespace coffer {

// System calls as the local store needs them. All block, none throws (but for lack of memory); each returns a value >=
// 0 or a negative errno. They run inside IoBackend::co_try.

/// Other programs may make, move and remove names as fast as this one: it need not go on for ever.
constexpr int most_attempts = 100;

/// What stat says of a file.
struct FileFacts {
  mode_t mode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t links = 0;
  bool is_regular() const noexcept;
  bool is_folder() const noexcept;
};

/// A file that was opened, and what was read of it at once. The attribute is empty where there is none.
struct OpenedFile {
  Descriptor descriptor;
  FileFacts facts;
  std::string attribute;
};

/// How far direct I/O must be aligned in a file; 0 where it cannot be done.
struct DirectAlignment {
  std::uint32_t memory = 0;
  std::uint32_t offset = 0;
};

int facts_of(int descriptor, FileFacts& facts) noexcept;
/// The same of `name` in a folder; does not follow a symbolic link.
int facts_at(int folder, const std::string& name, FileFacts& facts) noexcept;

/// Opens `path` below `folder` without following any symbolic link; "" is the folder itself.
int open_beneath(int folder, const std::string& path, int flags, mode_t mode = 0) noexcept;
/// The same for kernels before 5.6, which have no openat2: segment by segment.
int open_beneath_by_segments(int folder, const std::string& path, int flags, mode_t mode = 0) noexcept;

/// Opens a file for reading without waiting for the other end of a FIFO; reads its facts and, of a regular file, its
/// attribute. Returns 0. The caller looks at facts.mode.
int open_file(int folder, const std::string& path, OpenedFile& out);
/// The same for a path of the user's own, which may lead through symbolic links.
int open_named_file(const std::string& path, OpenedFile& out);
/// Looks at what has this name without opening it: `descriptor` holds it in being, so that removing it frees nothing
/// yet. With `attribute`, a regular file's is read too.
int look_at(int folder, const std::string& name, bool attribute, OpenedFile& out);
/// The attribute of an open file; "" where it has none, or where the file system has no attributes.
int read_attribute(int descriptor, std::string& out);
int write_attribute(int descriptor, const std::string& bytes) noexcept;

/// A new file without a name in `folder`, for reading and writing.
int open_unnamed(int folder, bool direct) noexcept;
/// A new file with a name, which no other process takes for abandoned as long as it is open.
int open_temporary(int folder, const std::string& name, bool direct) noexcept;
/// Gives a file without a name its name; -EEXIST where it is taken.
int link_unnamed(int descriptor, int folder, const std::string& name) noexcept;
/// Moves a file to a name that is free; -EEXIST where it is taken.
int move_to_free_name(int from_folder, const std::string& from, int folder, const std::string& name) noexcept;
int rename_file(int from_folder, const std::string& from, int folder, const std::string& name) noexcept;
int remove_file(int folder, const std::string& name) noexcept;
int remove_folder(int folder, const std::string& name) noexcept;
int make_folder(int folder, const std::string& name, mode_t mode) noexcept;

DirectAlignment direct_alignment(int descriptor) noexcept;
/// Switches O_DIRECT; -EINVAL where the file system has none.
int set_direct(int descriptor, bool on) noexcept;
/// Reserves room for `size` bytes and makes the file that long; 0 also where the file system cannot.
int reserve(int descriptor, std::uint64_t size) noexcept;

/// An exclusive lock that belongs to the open file; -EAGAIN where another open file has it. 1 where it was got, 0 where
/// the file system has no locks.
int try_lock(int descriptor) noexcept;
void unlock(int descriptor) noexcept;
/// The same for a folder, which may be open for reading only; on network file systems for processes of this machine
/// alone. Let go by `unlock_folder`, or with the open folder.
int try_lock_folder(int descriptor) noexcept;
void unlock_folder(int descriptor) noexcept;
/// Whether another open file has such a lock: 1 or 0. Needs no right to write.
int is_locked(int descriptor) noexcept;

/// `count` random bytes as lower-case hexadecimal digits.
std::string random_name(std::size_t count);
std::uint64_t random_number();

}  // namespace coffer
