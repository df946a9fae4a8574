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
/// Other programs may lock the store's folder for themselves, and for long.
constexpr std::chrono::nanoseconds longest_for_all = std::chrono::seconds(1);

int open_lock_file(int folder, const std::string& name, Descriptor& out) {
  const int opened = open_beneath(folder, name, O_RDWR | O_CREAT, 0600);
  if (opened < 0) return opened;
  out = Descriptor(opened);
  return 0;
}

int open_again(int folder, Descriptor& out) {
  const int opened = open_beneath(folder, "", O_RDONLY | O_DIRECTORY);
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

/// All locks of a store in one; null where somebody else, or the file system, does not let it have them.
Task<KeyLockPtr> co_lock_all(Runtime& runtime, const std::shared_ptr<IoBackend>& io, FolderPtr root,
                             const Subject& subject, std::chrono::nanoseconds longest) {
  auto opened = std::make_shared<Descriptor>();
  std::function<int()> open = [opened, root] { return open_again(root->file->descriptor(), *opened); };
  co_await co_step(*io, subject, "open the store for", std::move(open));
  auto file = std::make_shared<const File>(opened->release(), runtime.reaper());
  std::function<int()> lock = [file] { return try_lock_folder(file->descriptor()); };
  const int locked = co_await co_poll(io, "lock the store", std::move(lock), std::min(longest, longest_for_all));
  if (locked < 0 && locked != -EAGAIN) throw subject.failed(-locked, "lock the store for");
  if (locked <= 0) co_return nullptr;
  co_return std::make_shared<const KeyLock>(std::move(file), &unlock_folder);
}

/// The folder of locks, or all of them where there is no room for one.
struct Locks {
  FolderPtr folder;
  KeyLockPtr all;
};

/// As long as a store has no folder of locks its own folder is the lock: who makes the other holds it.
Task<Locks> co_make_locks(Runtime& runtime, const std::shared_ptr<IoBackend>& io, StoreFolders& folders,
                          const Subject& subject, std::chrono::nanoseconds longest) {
  Locks locks;
  FolderPtr root = co_await folders.co_make_root(subject);
  locks.all = co_await co_lock_all(runtime, io, std::move(root), subject, longest);
  try {
    locks.folder = co_await folders.co_hidden(subject, "locks");
    locks.all = nullptr;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::no_space || !locks.all) throw;
  }
  co_return std::move(locks);
}

}  // namespace

std::string lock_name(const std::string& key) {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::uint32_t hash = crc32c(std::as_bytes(std::span(key.data(), key.size())));
  return {digits[(hash >> 4U) & 0xfU], digits[hash & 0xfU]};
}

Task<KeyLockPtr> co_lock_key(Runtime& runtime, const std::shared_ptr<IoBackend>& io, StoreFolders& folders,
                             const Subject& subject, const std::string& key, std::chrono::nanoseconds longest) {
  std::string path = joined(hidden_folder, "locks");
  Locks locks;
  locks.folder = co_await folders.co_open(subject, std::move(path));
  if (!locks.folder) locks = co_await co_make_locks(runtime, io, folders, subject, longest);
  if (locks.all) co_return locks.all;

  auto opened = std::make_shared<Descriptor>();
  std::function<int()> open = [opened, folder = locks.folder, name = lock_name(key)] {
    return open_lock_file(folder->file->descriptor(), name, *opened);
  };
  co_await co_step(*io, subject, "open the lock of", std::move(open));
  auto file = std::make_shared<const File>(opened->release(), runtime.reaper());
  std::function<int()> lock = [file] { return try_lock(file->descriptor()); };
  const int locked = co_await co_poll(io, "lock", std::move(lock), longest);
  if (locked >= 0) co_return std::make_shared<const KeyLock>(std::move(file), &unlock);
  if (locked != -EAGAIN) throw subject.failed(-locked, "lock");
  throw subject.refused(ErrorKind::timed_out, "another process holds this name's lock (" + locks.folder->key + "/" +
                                                  lock_name(key) +
                                                  ") and does not go on; is it stopped? Look with lslocks");
}

}  // namespace coffer
