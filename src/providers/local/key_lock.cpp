#include "providers/local/key_lock.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <span>

#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/base/checksum.hpp>
#include <fcntl.h>

#include "providers/local/file_calls.hpp"
#include "providers/local/paths.hpp"

namespace coffer {
namespace {

constexpr std::chrono::microseconds first_pause{200};
constexpr std::chrono::microseconds longest_pause{20'000};
/// Other programs may lock a store's folder for themselves, and for long.
constexpr std::chrono::nanoseconds patience_with_others = std::chrono::seconds(1);

int open_into(int folder, const std::string& name, int flags, Descriptor& out) {
  const int opened = open_beneath(folder, name, flags, (flags & O_CREAT) != 0 ? 0600 : 0);
  if (opened < 0) return opened;
  out = Descriptor(opened);
  return 0;
}

/// What `call` returns once that is not -EAGAIN any more, or after `longest`. Polled, not waited for: a waiting call
/// would hold a thread, on a Runtime's own threads the one that must let go.
Task<int> co_poll(std::shared_ptr<IoBackend> io, std::string step, std::function<int()> call,
                  std::chrono::nanoseconds longest) {
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer timer(executor);
  const auto end = std::chrono::steady_clock::now() + longest;
  for (auto pause = first_pause;; pause = std::min(2 * pause, longest_pause)) {
    std::function<int()> again = call;
    const int result = co_await io->co_try(step, std::move(again));
    if (result != -EAGAIN || std::chrono::steady_clock::now() >= end) co_return result;
    timer.expires_after(pause);
    co_await timer.async_wait(boost::asio::deferred);
  }
}

/// Locks one key. Where a lock is missing its folder is the lock: who makes it holds that, and who finds no room for it
/// does with that alone.
class Locking {
 public:
  Locking(Runtime& runtime, const std::shared_ptr<IoBackend>& io, StoreFolders& folders, const Subject& subject,
          std::string name, std::chrono::nanoseconds longest)
      : runtime_(runtime), io_(io), folders_(folders), subject_(subject), name_(std::move(name)), longest_(longest) {}

  Task<KeyLockPtr> co_lock() {
    std::string path = joined(hidden_folder, "locks");
    folder_ = co_await folders_.co_open(subject_, std::move(path));
    if (!folder_) {
      FolderPtr store = co_await folders_.co_make_root(subject_);
      std::function<Task<>()> make = [this] { return co_make_folder(); };
      KeyLockPtr instead = co_await co_make_alone(std::move(store), std::move(make));
      if (instead) co_return instead;
    }
    const int opened = co_await co_open_file("open the lock of", O_RDWR);
    if (opened < 0 && opened != -ENOENT) throw subject_.failed(-opened, "open the lock of");
    if (opened < 0) {
      std::function<Task<>()> make = [this] { return co_make_file(); };
      KeyLockPtr instead = co_await co_make_alone(folder_, std::move(make));
      if (instead) co_return instead;
    }
    const FilePtr file = std::make_shared<const File>(opened_->release(), runtime_.reaper());
    std::function<int()> lock = [file] { return try_lock(file->descriptor()); };
    const int locked = co_await co_poll(io_, "lock", std::move(lock), longest_);
    if (locked == -EAGAIN) throw held_by_another("this name's lock (" + joined(folder_->key, name_) + ")");
    if (locked < 0) throw subject_.failed(-locked, "lock");
    co_return std::make_shared<const KeyLock>(file, &unlock);
  }

 private:
  struct FolderLock {
    KeyLockPtr lock;
    bool is_busy = false;
  };

  Task<> co_make_folder() { folder_ = co_await folders_.co_hidden(subject_, "locks"); }

  Task<> co_make_file() {
    const int made = co_await co_open_file("make the lock of", O_RDWR | O_CREAT);
    if (made < 0) throw subject_.failed(-made, "make the lock of");
  }

  Task<int> co_open_file(std::string step, int flags) {
    std::function<int()> open = [opened = opened_, folder = folder_, name = name_, flags] {
      return open_into(folder->file->descriptor(), name, flags, *opened);
    };
    co_return co_await io_->co_try(step, std::move(open));
  }

  /// Nothing once it is made, else the lock that serves instead.
  Task<KeyLockPtr> co_make_alone(FolderPtr in, std::function<Task<>()> make) {
    // Who has room does not wait long for other programs.
    FolderLock alone = co_await co_lock_folder(in, std::min(longest_, patience_with_others));
    const bool made = co_await co_has_made(make, alone);
    if (made) co_return nullptr;
    if (alone.lock) co_return alone.lock;
    alone = co_await co_lock_folder(in, longest_);
    const bool made_now = co_await co_has_made(make, alone);
    if (made_now) co_return nullptr;
    if (alone.lock) co_return alone.lock;
    throw held_by_another("the lock of the folder " + (in->key.empty() ? folders_.root_path().string() : in->key));
  }

  /// False on a full disk.
  Task<bool> co_has_made(const std::function<Task<>()>& make, const FolderLock& alone) {
    try {
      Task<> making = make();
      co_await std::move(making);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::no_space || (!alone.lock && !alone.is_busy)) throw;
      co_return false;
    }
    co_return true;
  }

  Task<FolderLock> co_lock_folder(FolderPtr folder, std::chrono::nanoseconds longest) {
    // Opened again: a lock is of the open folder, and this one is for us alone.
    auto opened = std::make_shared<Descriptor>();
    std::function<int()> open = [opened, folder] {
      return open_into(folder->file->descriptor(), "", O_RDONLY | O_DIRECTORY, *opened);
    };
    co_await co_step(*io_, subject_, "open the folder of the locks for", std::move(open));
    const FilePtr file = std::make_shared<const File>(opened->release(), runtime_.reaper());
    std::function<int()> lock = [file] { return try_lock_folder(file->descriptor()); };
    const int locked = co_await co_poll(io_, "lock the folder", std::move(lock), longest);
    if (locked < 0 && locked != -EAGAIN) throw subject_.failed(-locked, "lock the folder of");
    FolderLock result;
    result.is_busy = locked == -EAGAIN;
    if (locked > 0) result.lock = std::make_shared<const KeyLock>(file, &unlock_folder);
    co_return std::move(result);
  }

  Error held_by_another(const std::string& what) const {
    return subject_.refused(ErrorKind::timed_out,
                            "another process holds " + what + " and does not go on; is it stopped? Look with lslocks");
  }

  Runtime& runtime_;
  const std::shared_ptr<IoBackend>& io_;
  StoreFolders& folders_;
  const Subject& subject_;
  const std::string name_;
  const std::chrono::nanoseconds longest_;
  FolderPtr folder_;  // Of the locks.
  const std::shared_ptr<Descriptor> opened_ = std::make_shared<Descriptor>();
};

}  // namespace

std::string lock_name(const std::string& key) {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::uint32_t hash = crc32c(std::as_bytes(std::span(key.data(), key.size())));
  return {digits[(hash >> 4U) & 0xfU], digits[hash & 0xfU]};
}

Task<KeyLockPtr> co_lock_key(Runtime& runtime, const std::shared_ptr<IoBackend>& io, StoreFolders& folders,
                             const Subject& subject, const std::string& key, std::chrono::nanoseconds longest) {
  Locking locking(runtime, io, folders, subject, lock_name(key), longest);
  co_return co_await locking.co_lock();
}

}  // namespace coffer
