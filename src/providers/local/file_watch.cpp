#include "providers/local/file_watch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <boost/asio/deferred.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/async/with_deadline.hpp>
#include <sys/inotify.h>
#include <unistd.h>

#include "async/reaper.hpp"
#include "base/descriptor.hpp"

namespace coffer {
namespace {

constexpr std::chrono::milliseconds without_watch(50);
constexpr std::uint32_t wanted_events =
    IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;

/// By what is open: its name may be gone, or be another file's.
std::string path_of(const FilePtr& file) { return "/proc/self/fd/" + std::to_string(file->descriptor()); }

/// The descriptor stays this one's owner's.
class Borrowed {
 public:
  Borrowed(const boost::asio::any_io_executor& executor, int descriptor) : events_(executor, descriptor) {}
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  ~Borrowed() { events_.release(); }

  Task<> co_readable() {
    co_await events_.async_wait(boost::asio::posix::stream_descriptor::wait_read, boost::asio::deferred);
  }

 private:
  boost::asio::posix::stream_descriptor events_;
};

}  // namespace

// Closing an inotify descriptor may take a while.
FileWatch::~FileWatch() {
  if (events_ >= 0) runtime_.reaper()->close_descriptor(events_);
}

Task<> FileWatch::co_watch(FilePtr file) {
  if (events_ < 0) {
    auto opened = std::make_shared<Descriptor>();
    std::function<int()> open = [opened] {
      *opened = Descriptor(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
      return *opened ? 0 : -errno;
    };
    const int result = co_await io_->co_try("open a watch for", std::move(open));
    if (result < 0) co_return;
    events_ = opened->release();
  }
  std::function<int()> change = [events = events_, before = watched_, path = path_of(file), file] {
    if (before >= 0) ::inotify_rm_watch(events, before);
    const int watched = ::inotify_add_watch(events, path.c_str(), wanted_events);
    return watched < 0 ? -errno : watched;
  };
  watched_ = std::max(co_await io_->co_try("watch", std::move(change)), -1);
}

Task<FileWatch::News> FileWatch::co_wait(std::chrono::nanoseconds at_most) {
  const auto executor = co_await boost::asio::this_coro::executor;
  if (watched_ < 0) {
    boost::asio::steady_timer timer(executor);
    timer.expires_after(std::min<std::chrono::nanoseconds>(at_most, without_watch));
    co_await timer.async_wait(boost::asio::deferred);
    co_return News::changed;
  }
  Borrowed events(executor, events_);
  try {
    co_await with_deadline(events.co_readable(), at_most);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::timed_out) throw;
    co_return News::none;
  }
  co_return take_news();
}

FileWatch::News FileWatch::take_news() const {
  std::array<char, 4096> bytes{};
  News news = News::changed;
  for (;;) {
    const ssize_t got = ::read(events_, bytes.data(), bytes.size());
    if (got <= 0) return news;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, bytes.data() + at, sizeof event);
      if ((event.mask & IN_CLOSE_WRITE) != 0) news = News::closed;
      at += sizeof event + event.len;
    }
  }
}

}  // namespace coffer
