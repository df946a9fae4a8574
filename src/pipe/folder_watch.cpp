#include "pipe/folder_watch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <boost/asio/deferred.hpp>
#include <coffer/base/error.hpp>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/descriptor.hpp"

namespace coffer {

namespace asio = boost::asio;

FolderWatch::FolderWatch(const asio::any_io_executor& executor, const std::filesystem::path& folder)
    : events_(executor) {
  Descriptor events(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!events || ::inotify_add_watch(events.number(), folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) < 0) {
    why_not_ = Error::from_errno(errno, "watching a folder").message();
    return;
  }
  events_.assign(events.release());
}

Task<std::vector<std::string>> FolderWatch::co_names() {
  for (;;) {
    co_await events_.async_wait(asio::posix::descriptor_base::wait_read, asio::deferred);
    std::vector<std::string> names = names_now();
    if (!names.empty()) co_return names;
  }
}

void FolderWatch::stop() {
  boost::system::error_code ignored;  // Nobody waits.
  events_.cancel(ignored);
}

std::vector<std::string> FolderWatch::names_now() {
  std::vector<std::string> names;
  if (!events_.is_open()) return names;
  alignas(inotify_event) std::array<std::byte, std::size_t{16} << 10U> bytes;
  for (;;) {
    const ssize_t got = ::read(events_.native_handle(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return names;
    for (std::string& name : names_in_events(std::span(bytes).first(static_cast<std::size_t>(got)))) {
      if (!is_provisional_name(name)) names.push_back(std::move(name));
    }
  }
}

std::vector<std::string> names_in_events(std::span<const std::byte> events) {
  std::vector<std::string> names;
  while (events.size() >= sizeof(inotify_event)) {
    inotify_event event;
    std::memcpy(&event, events.data(), sizeof event);
    events = events.subspan(sizeof event);
    const std::size_t length = std::min<std::size_t>(event.len, events.size());
    const std::string_view padded(reinterpret_cast<const char*>(events.data()), length);
    if (length > 0 && (event.mask & (IN_ISDIR | IN_Q_OVERFLOW)) == 0)
      names.emplace_back(padded.substr(0, padded.find('\0')));
    events = events.subspan(length);
  }
  return names;
}

bool is_provisional_name(std::string_view name) noexcept {
  return name.starts_with('.') || name.ends_with(".tmp") || name.ends_with(".part") || name.ends_with('~');
}

}  // namespace coffer
