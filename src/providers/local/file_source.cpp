#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/base/checksum.hpp>

#include "async/started.hpp"
#include "providers/local/aligned_window.hpp"
#include "providers/local/file_calls.hpp"
#include "providers/local/open_object.hpp"

namespace coffer {
namespace {

constexpr std::size_t read_block = std::size_t{1} << 20U;
constexpr std::size_t full_depth = 4;
// Smaller reads are often made again: the page cache has them.
constexpr std::uint64_t worth_direct = std::uint64_t{256} << 10U;
// Read-ahead in smaller pieces costs more than it hides.
constexpr std::size_t least_ahead = std::size_t{64} << 10U;

/// A stream over a file: large ones directly, with several reads in flight.
class FileSource final : public ByteSource {
 public:
  FileSource(OpenObjectPtr object, Extent extent, bool verify)
      : object_(std::move(object)),
        extent_(extent),
        share_(object_->runtime.pool().open_share(object_->subject.operation + " " + object_->subject.uri)),
        asked_to_verify_(verify),
        next_(extent.offset),
        given_to_(extent.offset) {
    const Standing standing = object_->object.standing;
    const bool whole = extent.length == *info().size;
    verify_ = verify && whole && (standing == Standing::intact || standing == Standing::resized);
    if (extent.length < worth_direct || object_->direct_alignment == 0) return;
    if (set_direct(object_->file->descriptor(), true) == 0) direct_ = true;
  }

  const ObjectInfo& info() const override { return object_->object.info; }

  Task<std::optional<Chunk>> co_read(std::size_t at_most) override {
    return co_named(object_->subject, co_next(at_most));
  }

  Task<SourcePtr> co_reopen(ByteRange range) override {
    const Result<Extent> extent = range.within(*info().size);
    if (!extent) throw object_->subject.named(extent.error());
    co_return make_file_source(object_, *extent, asked_to_verify_);
  }

 private:
  struct Ahead {
    Started<ReadDone> read;
    AlignedWindow window;
    std::size_t wanted = 0;
  };

  // Aligned also where reads are buffered: another source of this file may have made its descriptor direct.
  std::uint64_t alignment() const { return std::max<std::uint64_t>(object_->direct_alignment, 1); }

  static Task<ReadDone> read_window(OpenObjectPtr object, AlignedWindow window, Buffer buffer) {
    co_return co_await object->io->co_read_at(object->file, window.offset, std::move(buffer), window.length);
  }

  Task<std::optional<Chunk>> co_next(std::size_t at_most) {
    std::optional<Chunk> part;
    if (rest_.empty()) {
      if (verify_ && object_->object.standing == Standing::resized) throw resized();
      if (given_to_ == extent_.end()) {
        check_at_end();
        co_return part;
      }
      try {
        rest_ = co_await co_next_block();
      } catch (...) {
        // Cancelled, perhaps with a block in hand: the next call reads on from what was given.
        read_again_from_here();
        throw;
      }
    }
    const std::size_t length = at_most == 0 ? rest_.size() : std::min(at_most, rest_.size());
    part = rest_.slice(0, length);
    rest_ = rest_.from(length);
    co_return part;
  }

  Task<Chunk> co_next_block() {
    const auto executor = co_await boost::asio::this_coro::executor;
    for (;;) {
      if (ahead_.empty()) start_first(executor);
      Ahead first = std::move(ahead_.front());
      ahead_.pop_front();
      ReadDone done;
      bool refused = false;
      try {
        // Deaf, for reads are short and cannot be stopped; a cancellation is seen at the next await.
        done = co_await first.read.co_result_shielded();
      } catch (const Error& error) {
        if (!direct_ || error.code() != std::errc::invalid_argument) throw;
        refused = true;
      }
      if (refused) {
        read_buffered_from_now_on();
        continue;
      }
      depth_ = std::min(2 * depth_, full_depth);
      start_more(executor);
      // Lets the backend hand the reads to the kernel: the checksum is computed while the device works.
      if (done.bytes >= least_ahead) co_await boost::asio::post(executor, boost::asio::deferred);
      co_return accept(first, std::move(done));
    }
  }

  /// The bytes that are next in the stream, checked.
  Chunk accept(const Ahead& read, ReadDone done) {
    if (done.bytes < read.window.skip + read.wanted) throw truncated(read.window.offset + done.bytes);
    const Chunk block = std::move(done.buffer).share(done.bytes).slice(read.window.skip, read.wanted);
    given_to_ += block.size();
    if (verify_) {
      crc_.update(block);
      // Before the last bytes are given away: a reader that has them all need not ask for the end.
      if (given_to_ == extent_.end()) check_at_end();
    }
    return block;
  }

  void start_first(const boost::asio::any_io_executor& executor) {
    start_read(executor, share_.need(next_window(read_block).length));
  }

  void start_more(const boost::asio::any_io_executor& executor) {
    while (ahead_.size() < depth_ && next_ < extent_.end()) {
      const std::size_t wanted = next_window(read_block).length;
      std::optional<Buffer> buffer = share_.try_more(wanted, std::min(wanted, least_ahead));
      if (!buffer) return;
      start_read(executor, std::move(*buffer));
    }
  }

  AlignedWindow next_window(std::size_t room) const {
    Extent wanted;
    wanted.offset = next_;
    wanted.length = extent_.end() - next_;
    return AlignedWindow::over(wanted, alignment(), room);
  }

  void start_read(const boost::asio::any_io_executor& executor, Buffer buffer) {
    Ahead read;
    read.window = next_window(std::min(buffer.size(), read_block));
    read.wanted = read.window.covers(extent_.end() - next_);
    next_ += read.wanted;
    read.read = start(object_->runtime.scope(), executor, read_window(object_, read.window, std::move(buffer)));
    ahead_.push_back(std::move(read));
  }

  // A file system that takes O_DIRECT and then refuses it.
  void read_buffered_from_now_on() {
    set_direct(object_->file->descriptor(), false);
    direct_ = false;
    read_again_from_here();
  }

  void read_again_from_here() noexcept {
    ahead_.clear();
    next_ = given_to_;
  }

  void check_at_end() const {
    if (!verify_ || crc_.value() == *info().crc32c) return;
    throw object_->subject.refused(ErrorKind::corrupt, "its checksum is " + crc32c_text(crc_.value()) +
                                                           ", and it was stored with " + crc32c_text(*info().crc32c) +
                                                           ": the bytes are not those that were stored; restore it "
                                                           "from elsewhere");
  }

  Error resized() const {
    return object_->subject.refused(ErrorKind::corrupt, "it has " + std::to_string(*info().size) +
                                                            " bytes, and was stored with another size; restore it from "
                                                            "elsewhere");
  }

  Error truncated(std::uint64_t end) const {
    return object_->subject.refused(ErrorKind::corrupt, "it ends at byte " + std::to_string(end) + " and had " +
                                                            std::to_string(*info().size) +
                                                            " when it was opened: another program cut it");
  }

  const OpenObjectPtr object_;
  const Extent extent_;
  BudgetShare share_;
  const bool asked_to_verify_;
  bool verify_ = false;
  bool direct_ = false;
  std::size_t depth_ = 1;
  std::uint64_t next_;      // The first byte that no read was started for.
  std::uint64_t given_to_;  // The first byte that is not in `rest_` or given to the reader.
  std::deque<Ahead> ahead_;
  Chunk rest_;
  Crc32c crc_;
};

}  // namespace

SourcePtr make_file_source(OpenObjectPtr object, Extent extent, bool verify) {
  return std::make_unique<FileSource>(std::move(object), extent, verify);
}

}  // namespace coffer
