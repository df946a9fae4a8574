#include "app/journal_files.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipe/survivors.hpp"

namespace coffer {

namespace fs = std::filesystem;

namespace {

const char* const room_name = "room";

int flush_folder(const fs::path& folder) {
  const OwnedDescriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.number() < 0 || ::fsync(opened.number()) != 0) return -errno;
  return 0;
}

int write_all(int file, const std::string& bytes) noexcept {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t written = ::pwrite(file, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return -errno;
    at += static_cast<std::size_t>(written);
  }
  return 0;
}

bool is_full(int result) noexcept { return result == -ENOSPC || result == -EDQUOT; }

std::string random_digits() {
  std::array<unsigned char, 8> bytes{};
  // Up to 256 bytes always come in one piece.
  while (::getrandom(bytes.data(), bytes.size(), 0) < 0) {
  }
  std::string text;
  for (const unsigned char byte : bytes) {
    std::array<char, 3> two{};
    std::snprintf(two.data(), two.size(), "%02x", byte);
    text += two.data();
  }
  return text;
}

std::string first_line_of(const char* file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

/// A file without a name, or with one that no reader takes for anything.
int open_new(const fs::path& folder, OwnedDescriptor& file, fs::path& named) {
  file = OwnedDescriptor(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file.number() >= 0) return 0;
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) return -errno;
  named = folder / (".new-" + random_digits());
  file = OwnedDescriptor(::open(named.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600));
  return file.number() < 0 ? -errno : 0;
}

int make_file(const fs::path& folder, const std::string& name, const std::string& bytes, OwnedDescriptor& file) {
  fs::path named;
  int failed = open_new(folder, file, named);
  if (failed < 0) return failed;
  failed = write_all(file.number(), bytes);
  if (failed == 0 && ::fdatasync(file.number()) != 0) failed = -errno;
  if (failed == 0) {
    const std::string from = named.empty() ? "/proc/self/fd/" + std::to_string(file.number()) : named.string();
    const fs::path to = folder / name;
    if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), AT_SYMLINK_FOLLOW) != 0) failed = -errno;
  }
  if (!named.empty()) ::unlink(named.c_str());
  return failed < 0 ? failed : flush_folder(folder);
}

/// Where there is no room any more nothing is kept.
void keep_room(const fs::path& run_folder) {
  constexpr off_t block = 4096;
  const fs::path path = run_folder / room_name;
  const OwnedDescriptor file(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.number() >= 0 && ::posix_fallocate(file.number(), 0, block) != 0) ::unlink(path.c_str());
}

/// What was kept becomes the file, so nobody can take the room meanwhile.
int make_file_of_room(const fs::path& folder, const std::string& name, const std::string& bytes,
                      OwnedDescriptor& file) {
  const fs::path room = folder / room_name;
  file = OwnedDescriptor(::open(room.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (file.number() < 0) return -errno;
  if (const int failed = write_all(file.number(), bytes); failed < 0) return failed;
  const auto size = static_cast<off_t>(bytes.size());
  if (::ftruncate(file.number(), size) != 0 || ::fdatasync(file.number()) != 0) return -errno;
  const fs::path to = folder / name;
  if (::renameat2(AT_FDCWD, room.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) return -errno;
  return flush_folder(folder);
}

}  // namespace

OwnedDescriptor& OwnedDescriptor::operator=(OwnedDescriptor&& other) noexcept {
  if (this != &other) {
    if (number_ >= 0) ::close(number_);
    number_ = other.release();
  }
  return *this;
}

OwnedDescriptor::~OwnedDescriptor() {
  if (number_ >= 0) ::close(number_);
}

int OwnedDescriptor::release() noexcept { return std::exchange(number_, -1); }

int make_journal_folder(const fs::path& folder) {
  const bool is_hidden = folder.filename() == ".coffer" || folder.parent_path().filename() == ".coffer" ||
                         folder.parent_path().parent_path().filename() == ".coffer";
  const mode_t mode = is_hidden ? 0700 : 0777;
  // Somebody may remove a parent meanwhile. One that is a link that leads nowhere, or takes no folders, is there and is
  // not, however often it is tried.
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (::mkdir(folder.c_str(), mode) == 0) return flush_folder(folder.parent_path());
    if (errno == EEXIST) return 0;
    if (errno != ENOENT || !folder.has_relative_path()) return -errno;
    if (const int failed = make_journal_folder(folder.parent_path()); failed < 0) return failed;
  }
  return -ENOENT;
}

int list_names(const fs::path& folder, std::vector<std::string>& names) {
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
    std::string name = entry->path().filename().string();
    if (!name.starts_with('.')) names.push_back(std::move(name));
  }
  if (failed) return -failed.value();
  std::ranges::sort(names);
  return 0;
}

int list_folders(const fs::path& folder, std::vector<std::string>& names) {
  if (const int failed = list_names(folder, names); failed < 0) return failed;
  std::error_code ignored;  // What cannot be looked at is for who opens it to tell.
  std::erase_if(names, [&](const std::string& name) {
    const fs::file_status status = fs::status(folder / name, ignored);
    return fs::exists(status) && !fs::is_directory(status);
  });
  return 0;
}

int read_whole(const fs::path& file, std::string& bytes) {
  constexpr std::size_t piece = std::size_t{64} << 10U;
  const OwnedDescriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (opened.number() < 0) return -errno;
  bytes.clear();
  for (;;) {
    const std::size_t at = bytes.size();
    bytes.resize(at + piece);
    const ssize_t got = ::read(opened.number(), bytes.data() + at, piece);
    bytes.resize(at + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -errno;
    if (got == 0) return 0;
  }
}

int try_lock(const fs::path& run_folder, LockTry& out) {
  const fs::path path = run_folder / "lock";
  out.file = OwnedDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (out.file.number() < 0) return -errno;
  struct flock whole = {};
  whole.l_type = F_WRLCK;
  if (::fcntl(out.file.number(), F_OFD_SETLK, &whole) != 0) {
    if (errno != EAGAIN && errno != EACCES) return -errno;
    const int read = read_whole(path, out.holder);
    return read == -ENOENT ? 0 : read;
  }
  // Who removed the run held this lock: then it belongs to no run any more.
  struct stat ours = {};
  struct stat there = {};
  if (::fstat(out.file.number(), &ours) != 0) return -errno;
  out.locked = ::stat(path.c_str(), &there) == 0 && ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
  return 0;
}

int look_at_lock(const fs::path& run_folder, LockTry& out) {
  const fs::path path = run_folder / "lock";
  out.file = OwnedDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (out.file.number() < 0) return -errno;
  struct flock whole = {};
  whole.l_type = F_WRLCK;
  if (::fcntl(out.file.number(), F_OFD_GETLK, &whole) != 0) return -errno;
  out.locked = whole.l_type == F_UNLCK;
  return out.locked ? 0 : read_whole(path, out.holder);
}

int write_holder(int lock, const std::string& text) noexcept {
  // In its place first: that needs no room on the disk. Where there is none for the first holder it is held unsaid.
  const int written = write_all(lock, text);
  const std::size_t size = written < 0 ? 0 : text.size();
  if (::ftruncate(lock, static_cast<off_t>(size)) != 0 && !is_full(-errno)) return -errno;
  return is_full(written) ? 0 : written;
}

int make_segment_file(const fs::path& run_folder, const std::string& name, const std::string& bytes, SegmentRoom room,
                      OwnedDescriptor& file) {
  const int made = make_file(run_folder, name, bytes, file);
  if (made >= 0) keep_room(run_folder);
  if (!is_full(made) || room == SegmentRoom::free) return made;
  const int made_of_room = make_file_of_room(run_folder, name, bytes, file);
  return made_of_room < 0 ? made : made_of_room;
}

int replace_file(const fs::path& folder, const std::string& name, const std::string& bytes) {
  const std::string made = ".new-" + random_digits();
  OwnedDescriptor file;
  if (const int failed = make_file(folder, made, bytes, file); failed < 0) return failed;
  return rename_in_folder(folder, made, name);
}

int rename_in_folder(const fs::path& folder, const std::string& from, const std::string& to) {
  if (::rename((folder / from).c_str(), (folder / to).c_str()) != 0) return -errno;
  return flush_folder(folder);
}

RunHolder this_holder(std::chrono::system_clock::time_point now) {
  RunHolder holder;
  holder.token = random_digits();
  holder.pid = ::getpid();
  const std::optional<ProcessFacts> facts = process_facts(::getpid());
  if (facts) holder.start_time = facts->start_time;
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0) holder.host = host.data();
  holder.boot = first_line_of("/proc/sys/kernel/random/boot_id");
  holder.since = std::chrono::time_point_cast<std::chrono::milliseconds>(now);
  return holder;
}

bool has_ended(const RunHolder& holder) {
  const RunHolder here = this_holder({});
  if (holder.host != here.host) return false;
  if (holder.boot != here.boot) return true;
  return ::kill(static_cast<pid_t>(holder.pid), 0) != 0 && errno == ESRCH;
}

}  // namespace coffer
