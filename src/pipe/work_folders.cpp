#include <algorithm>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <coffer/base/error.hpp>
#include <coffer/pipe/work_folders.hpp>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "async/helper_threads.hpp"
#include "base/descriptor.hpp"
#include "pipe/work_folder.hpp"

namespace coffer {

namespace fs = std::filesystem;

namespace {

using Time = std::chrono::system_clock::time_point;

Time modified(const struct stat& facts) {
  const auto since = std::chrono::seconds(facts.st_mtim.tv_sec) + std::chrono::nanoseconds(facts.st_mtim.tv_nsec);
  return Time(std::chrono::duration_cast<Time::duration>(since));
}

/// A folder of this user's alone, as mkdtemp makes them.
bool may_be_ours(const fs::path& path, struct stat& facts) {
  if (!path.filename().native().starts_with(work_folder_prefix)) return false;
  if (::lstat(path.c_str(), &facts) != 0) return false;
  return S_ISDIR(facts.st_mode) && facts.st_uid == ::geteuid() && (facts.st_mode & 0777U) == 0700U;
}

/// The folder of a run with an id, in which those of its commands are: this user's, and nobody else can write to it.
bool may_be_of_a_run(const fs::path& path) {
  struct stat facts{};
  if (!path.filename().native().starts_with(work_folder_prefix) || ::lstat(path.c_str(), &facts) != 0) return false;
  return S_ISDIR(facts.st_mode) && facts.st_uid == ::geteuid() && (facts.st_mode & 0022U) == 0;
}

/// The lock of the process that made it, taken over from a dead one; nothing where there is none, or where it lives.
Descriptor lock_of_the_dead(const fs::path& folder) {
  const fs::path owner = folder / work_folder_owner;
  Descriptor lock(::open(owner.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat facts{};
  if (!lock || ::fstat(lock.number(), &facts) != 0) return {};
  if (!S_ISREG(facts.st_mode) || facts.st_uid != ::geteuid()) return {};
  if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) return {};
  return lock;
}

/// Whether a process has its working directory there: a command outlives the run that was killed, for a while.
bool is_worked_in(const fs::path& folder) {
  std::error_code code;
  for (const fs::directory_entry& process : fs::directory_iterator("/proc", code)) {
    std::error_code not_ours;
    const std::string at = fs::read_symlink(process.path() / "cwd", not_ours).string();
    if (at == folder.native() || at.starts_with(folder.native() + "/")) return true;
  }
  return static_cast<bool>(code);
}

/// What is in it, and when it was changed last.
AbandonedFolder survey(const fs::path& folder, const struct stat& facts) {
  AbandonedFolder found;
  found.path = folder;
  found.modified = modified(facts);
  std::error_code code;
  const auto skip = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator at(folder, skip, code), end; !code && at != end; at.increment(code)) {
    struct stat inner{};
    if (::lstat(at->path().c_str(), &inner) != 0) continue;
    if (S_ISREG(inner.st_mode)) found.bytes += static_cast<std::uint64_t>(inner.st_size);
    found.modified = std::max(found.modified, modified(inner));
  }
  return found;
}

std::optional<AbandonedFolder> look_at(const fs::path& folder, Time limit, bool dry_run) {
  struct stat facts{};
  if (!may_be_ours(folder, facts)) return std::nullopt;
  const Descriptor lock = lock_of_the_dead(folder);
  if (!lock || is_worked_in(folder)) return std::nullopt;
  AbandonedFolder found = survey(folder, facts);
  if (found.modified > limit) return std::nullopt;
  std::error_code code;
  if (!dry_run) fs::remove_all(folder, code);
  if (code) return std::nullopt;
  return found;
}

/// Nothing where the folder is not there.
std::vector<fs::path> all_in(fs::path parent) {
  std::vector<fs::path> folders;
  std::error_code code;
  if (parent.empty()) parent = fs::temp_directory_path(code);
  if (!code) parent = fs::canonical(parent, code);
  if (code == std::errc::no_such_file_or_directory || code == std::errc::not_a_directory) return folders;
  if (!code) {
    for (fs::directory_iterator at(parent, code), end; !code && at != end; at.increment(code)) {
      folders.push_back(at->path());
    }
  }
  if (code) throw Error::from_code(code, "looking for work folders in " + parent.string());
  std::ranges::sort(folders);
  return folders;
}

void collect_of_run(const fs::path& run, Time limit, bool dry_run, std::vector<AbandonedFolder>& all) {
  const std::size_t before = all.size();
  std::error_code code;
  for (fs::directory_iterator at(run, code), end; !code && at != end; at.increment(code)) {
    if (std::optional<AbandonedFolder> found = look_at(at->path(), limit, dry_run)) all.push_back(std::move(*found));
  }
  // Where there was none, a run that lives may be just about to make one.
  if (!dry_run && all.size() > before) fs::remove(run, code);
}

std::vector<AbandonedFolder> collect(const fs::path& parent, Time limit, bool dry_run) {
  std::vector<AbandonedFolder> all;
  for (const fs::path& folder : all_in(parent)) {
    if (std::optional<AbandonedFolder> found = look_at(folder, limit, dry_run)) {
      all.push_back(std::move(*found));
    } else if (may_be_of_a_run(folder)) {
      collect_of_run(folder, limit, dry_run, all);
    }
  }
  return all;
}

}  // namespace

Task<std::vector<AbandonedFolder>> co_collect_work_folders(Runtime& runtime, fs::path parent,
                                                           std::chrono::seconds older_than, bool dry_run) {
  const Time limit = runtime.clock().now() - older_than;
  auto call = [parent = std::move(parent), limit, dry_run] { return collect(parent, limit, dry_run); };
  co_return co_await runtime.helpers().co_run(std::move(call));
}

}  // namespace coffer
