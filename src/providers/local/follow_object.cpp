#include "providers/local/follow_object.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "providers/local/file_watch.hpp"
#include "providers/local/follow_source.hpp"
#include "providers/local/live_writer.hpp"
#include "providers/local/open_object.hpp"
#include "providers/local/paths.hpp"

namespace coffer {
namespace {

// A store that is not yet there cannot be watched, nor a name that is given without `live`.
constexpr std::chrono::milliseconds look_for_writer_again(1000);
// In a store where much is written, the folder changes all the time.
constexpr std::chrono::milliseconds least_pause(10);

Task<> co_pause(std::chrono::nanoseconds time) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  timer.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(time));
  co_await timer.async_wait(boost::asio::deferred);
}

/// Waits until somebody writes the object or it is there, for as long as the options allow.
class Arrival {
 public:
  Arrival(LocalStore& store, const Subject& subject, const FollowOptions& options)
      : store_(store),
        subject_(subject),
        options_(options),
        begin_(store.runtime().clock().steady_now()),
        watch_(std::make_unique<FileWatch>(store.runtime(), store.io())) {}

  /// Before looking: nothing that comes after it is missed.
  Task<FolderPtr> co_watch() {
    FolderPtr place = co_await co_writers_place(store_, subject_);
    if (place && (!watched_ || watched_->inode != place->inode || watched_->device != place->device)) {
      co_await watch_->co_watch(place->file);
    }
    watched_ = place;
    co_return place;
  }

  /// `killed`: somebody wrote it, and was killed.
  Task<> co_wait(bool killed) {
    const auto waited = store_.runtime().clock().steady_now() - begin_;
    std::chrono::nanoseconds at_most = look_for_writer_again;
    if (options_.patience()) {
      if (waited >= *options_.patience()) throw subject_.refused(ErrorKind::timed_out, in_vain(killed));
      at_most = std::min<std::chrono::nanoseconds>(at_most, *options_.patience() - waited);
    }
    tell(subject_.uri + (killed ? ": its last writer was killed before it was complete; waiting for another one"
                                : " is not there, and nobody is writing it yet: waiting"));
    const FileWatch::News news = co_await watch_->co_wait(at_most);
    if (news != FileWatch::News::none) co_await co_pause(least_pause);
  }

  std::unique_ptr<FileWatch> take_watch() noexcept { return std::move(watch_); }

 private:
  static std::string in_vain(bool killed) {
    if (!killed) return "nobody began to write it in the time that was set";
    return std::string(
               "its last writer was killed before it was complete, and nobody began to write it again in the "
               "time that was set; ") +
           cure_of_the_killed;
  }

  void tell(const std::string& note) {
    if (note == told_) return;
    store_.runtime().observer().warn(note);
    told_ = note;
  }

  LocalStore& store_;
  const Subject& subject_;
  const FollowOptions& options_;
  const std::chrono::steady_clock::time_point begin_;
  std::unique_ptr<FileWatch> watch_;
  FolderPtr watched_;
  std::string told_;
};

/// The object, finished; null where there is none.
Task<SourcePtr> co_open_finished(LocalStore& store, const Subject& subject, std::string key,
                                 const FollowOptions& options) {
  FolderPtr root = co_await store.folders().co_root(subject);
  if (!root) co_return nullptr;
  Uri uri = store.uri_of(key);
  OpenObjectPtr object = co_await co_open_object(store.runtime(), store.io(), root->file, std::move(key),
                                                 std::move(uri), subject, store.config().direct_io());
  if (!object) co_return nullptr;
  warn_if_changed(*object);
  const Extent extent = followed_extent(options.range(), *object->object.info.size);
  co_return make_file_source(std::move(object), extent, options.verify());
}

}  // namespace

Task<SourcePtr> co_follow_object(std::shared_ptr<LocalStore> store, const Subject& subject, std::string key,
                                 FollowOptions options) {
  place_of_key(key).value();
  Arrival arrival(*store, subject, options);
  for (;;) {
    FolderPtr place = co_await arrival.co_watch();
    WriterSearch search = co_await co_find_writer(*store, subject, std::move(place), key);
    if (search.found && search.found->file) {
      std::unique_ptr<FileWatch> watch = arrival.take_watch();
      co_await watch->co_watch(search.found->announcement);
      co_return make_follow_source(store, subject, std::move(key), std::move(*search.found), std::move(watch), options);
    }
    if (search.found) {
      // It is getting its name just now.
      co_await co_pause(least_pause);
      continue;
    }
    SourcePtr finished = co_await co_open_finished(*store, subject, key, options);
    if (finished) co_return std::move(finished);
    // Without a limit it would be waited for ever.
    if (search.killed && !options.patience()) throw writer_was_killed(subject);
    co_await arrival.co_wait(search.killed);
  }
}

}  // namespace coffer
