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

namespace coffer {
namespace {

constexpr std::chrono::microseconds first_pause{200};
constexpr std::chrono::microseconds longest_pause{20'000};

int open_lock_file(int folder, const std::string& name, Descriptor& out) {
  const int opened = open_beneath(folder, name, O_RDWR | O_CREAT, 0600);
  if (opened < 0) return opened;
  out = Descriptor(opened);
  return 0;
}

}  // namespace

KeyLock::~KeyLock() { unlock(file_->descriptor()); }

std::string lock_name(const std::string& key) {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::uint32_t hash = crc32c(std::as_bytes(std::span(key.data(), key.size())));
  return {digits[(hash >> 4U) & 0xfU], digits[hash & 0xfU]};
}

Task<KeyLockPtr> co_lock_key(Runtime& runtime, const std::shared_ptr<IoBackend>& io, StoreFolders& folders,
                             const Subject& subject, const std::string& key, std::chrono::nanoseconds longest) {
  FolderPtr folder = co_await folders.co_hidden(subject, "locks");
  auto opened = std::make_shared<Descriptor>();
  std::function<int()> open = [opened, folder, name = lock_name(key)] {
    return open_lock_file(folder->file->descriptor(), name, *opened);
  };
  co_await co_step(*io, subject, "open the lock of", std::move(open));
  auto file = std::make_shared<const File>(opened->release(), runtime.reaper());

  // Polled, not waited for: a waiting call would hold a thread, on a Runtime's own threads the one that must let go.
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer timer(executor);
  const auto end = std::chrono::steady_clock::now() + longest;
  for (auto pause = first_pause;; pause = std::min(2 * pause, longest_pause)) {
    std::function<int()> lock = [file] { return try_lock(file->descriptor()); };
    const int locked = co_await io->co_try("lock", std::move(lock));
    if (locked >= 0) co_return std::make_shared<const KeyLock>(std::move(file));
    if (locked != -EAGAIN) throw subject.failed(-locked, "lock");
    if (std::chrono::steady_clock::now() >= end) {
      throw subject.refused(ErrorKind::timed_out, "another process holds this name's lock (" + folder->key + "/" +
                                                      lock_name(key) +
                                                      ") and does not go on; is it stopped? Look with lslocks");
    }
    timer.expires_after(pause);
    co_await timer.async_wait(boost::asio::deferred);
  }
}

}  // namespace coffer
