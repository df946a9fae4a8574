#include "providers/local/follow_source.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <coffer/base/checksum.hpp>

#include "providers/local/file_calls.hpp"
#include "providers/local/file_readback.hpp"
#include "providers/local/file_standing.hpp"
#include "storage/readback_ahead.hpp"

namespace coffer {
namespace {

// A lock that is let go wakes nobody. What its holder had open is closed a moment before: then the lock is looked at
// again soon; else, in case that was not told, now and then.
constexpr std::chrono::milliseconds look_again(1000);
constexpr std::chrono::milliseconds look_soon(10);
constexpr int soon_looks = 20;

struct Described {
  FileFacts facts;
  std::string attribute;
};

int describe(int descriptor, Described& out) {
  if (const int failed = facts_of(descriptor, out.facts); failed < 0) return failed;
  return read_attribute(descriptor, out.attribute);
}

/// Whether the name is this file's: 1 or 0.
int is_name_of(int folder, const std::string& path, int descriptor) {
  OpenedFile named;
  const int opened = open_file(folder, path, named);
  if (opened == -ENOENT || opened == -ENOTDIR) return 0;
  if (opened < 0) return opened;
  FileFacts facts;
  if (const int failed = facts_of(descriptor, facts); failed < 0) return failed;
  return named.facts.inode == facts.inode && named.facts.device == facts.device ? 1 : 0;
}

class FollowSource final : public ByteSource {
 public:
  FollowSource(std::shared_ptr<LocalStore> store, Subject subject, std::string key, LiveWriter writer,
               std::unique_ptr<FileWatch> watch, const FollowOptions& options)
      : store_(std::move(store)),
        subject_(std::move(subject)),
        key_(std::move(key)),
        writer_(std::move(writer)),
        watch_(std::move(watch)),
        range_(options.range()),
        verify_(options.verify() && range_.is_whole()),
        readback_(std::make_shared<FileReadback>(store_->io(), writer_.file, 1, subject_)),
        reads_(store_->runtime(), subject_.operation + " " + subject_.uri) {
    info_.uri = store_->uri_of(key_);
    info_.content_type = writer_.record.content_type;
  }

  const ObjectInfo& info() const override { return info_; }

  Task<std::optional<Chunk>> co_read(std::size_t at_most) override { return co_named(subject_, co_next(at_most)); }

 private:
  Task<std::optional<Chunk>> co_next(std::size_t at_most) {
    std::optional<Chunk> part;
    for (;;) {
      settle_range();
      if (rest_.empty() && settled_ && next_ < readable()) rest_ = co_await co_next_block();
      if (!rest_.empty()) {
        const std::size_t length = at_most == 0 ? rest_.size() : std::min(at_most, rest_.size());
        part = rest_.slice(0, length);
        rest_ = rest_.from(length);
        co_return part;
      }
      if (settled_ && next_ == end_ && (ended_ || range_.length())) {
        check_at_end();
        co_return part;
      }
      co_await co_hear();
    }
  }

  /// Turns the range into offsets as soon as that can be done.
  void settle_range() {
    if (ended_) {
      const Extent extent = followed_extent(range_, *info_.size);
      if (!settled_) next_ = extent.offset;
      end_ = extent.end();
      settled_ = true;
    } else if (!settled_ && range_.offset() && readback_->readable() > *range_.offset()) {
      next_ = *range_.offset();
      if (range_.length()) end_ = next_ + std::min(*range_.length(), UINT64_MAX - next_);
      settled_ = true;
    }
  }

  std::uint64_t readable() const noexcept { return std::min(end_, readback_->readable()); }

  Task<Chunk> co_next_block() {
    const auto executor = co_await boost::asio::this_coro::executor;
    if (!reads_.has(next_)) {
      reads_.drop();
      reads_.start(executor, readback_, next_, readable() - next_);
    }
    Chunk block = co_await reads_.co_take();
    next_ += block.size();
    const auto from = [&] { return std::max(reads_.next(), next_); };
    while (from() < readable() && reads_.wants_more()) reads_.start(executor, readback_, from(), readable() - from());
    if (verify_) crc_.update(block);
    co_return block;
  }

  /// Waits until there is more to read, or the end.
  Task<> co_hear() {
    for (;;) {
      const std::optional<WriterNews> news = co_await co_ask_writer(*store_->io(), subject_, writer_.announcement);
      if (news) {
        const bool more = extend_to(news->progress.written_to);
        if (news->progress.state == LiveState::committed) co_return co_await co_end();
        if (news->progress.state == LiveState::given_up) throw given_up();
        if (!news->alive) {
          co_await co_look_after_the_dead();
          co_return;
        }
        if (more) co_return;
      }
      const FileWatch::News change = co_await watch_->co_wait(next_pause());
      if (change == FileWatch::News::closed) soon_looks_ = soon_looks;
    }
  }

  std::chrono::milliseconds next_pause() noexcept {
    if (soon_looks_ == 0) return look_again;
    --soon_looks_;
    return look_soon;
  }

  bool extend_to(std::uint64_t end) {
    const std::uint64_t before = readback_->readable();
    if (end > before) readback_->written(before, end - before);
    return end > before;
  }

  /// It has its name: what is open here is the object.
  Task<> co_end() {
    auto described = std::make_shared<Described>();
    std::function<int()> call = [file = writer_.file, described] { return describe(file->descriptor(), *described); };
    co_await co_step(*store_->io(), subject_, "look at", std::move(call));
    FileObject object = describe_file(info_.uri, described->facts, described->attribute);
    info_ = std::move(object.info);
    verify_ = verify_ && object.standing != Standing::changed_outside && info_.crc32c;
    extend_to(*info_.size);
    ended_ = true;
  }

  // A writer may be killed between giving the object its name and saying so.
  Task<> co_look_after_the_dead() {
    FolderPtr root = co_await store_->folders().co_root(subject_);
    std::function<int()> call = [root, key = key_, file = writer_.file] {
      return root ? is_name_of(root->file->descriptor(), key, file->descriptor()) : 0;
    };
    const int named = co_await co_step(*store_->io(), subject_, "look at", std::move(call));
    if (named == 0) throw writer_was_killed(subject_);
    co_await co_end();
  }

  Error given_up() const {
    return subject_.refused(ErrorKind::writer_failed,
                            "its writer gave up: it was not stored, or not surely; what came of it is not all");
  }

  void check_at_end() const {
    if (!ended_ || !verify_ || crc_.value() == *info_.crc32c) return;
    throw subject_.refused(ErrorKind::corrupt, "its checksum is " + crc32c_text(crc_.value()) +
                                                   ", and it was stored with " + crc32c_text(*info_.crc32c) +
                                                   ": the bytes are not those that were stored; store it again");
  }

  const std::shared_ptr<LocalStore> store_;
  const Subject subject_;
  const std::string key_;
  const LiveWriter writer_;
  const std::unique_ptr<FileWatch> watch_;
  const ByteRange range_;
  bool verify_;
  const std::shared_ptr<FileReadback> readback_;
  ReadbackAhead reads_;
  Chunk rest_;  // Taken, and not yet given to the reader.
  ObjectInfo info_;
  Crc32c crc_;
  bool settled_ = false;
  bool ended_ = false;
  std::uint64_t next_ = 0;  // The first byte that was not taken.
  std::uint64_t end_ = UINT64_MAX;
  int soon_looks_ = 0;
};

}  // namespace

Error writer_was_killed(const Subject& subject) {
  return subject.refused(
      ErrorKind::writer_failed,
      std::string("its writer was killed before it was complete, so there is no such object; ") + cure_of_the_killed);
}

Extent followed_extent(const ByteRange& range, std::uint64_t size) {
  if (range.offset() == size && !range.length()) return Extent{size, 0};
  return range.within(size).value();
}

SourcePtr make_follow_source(std::shared_ptr<LocalStore> store, Subject subject, std::string key, LiveWriter writer,
                             std::unique_ptr<FileWatch> watch, const FollowOptions& options) {
  return std::make_unique<FollowSource>(std::move(store), std::move(subject), std::move(key), std::move(writer),
                                        std::move(watch), options);
}

}  // namespace coffer
