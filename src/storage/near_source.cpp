#include "storage/near_source.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include <coffer/base/checksum.hpp>
#include <coffer/base/error.hpp>

namespace coffer {
namespace {

class NearSource final : public ByteSource {
 public:
  NearSource(NearOrigin origin, NearCopies copies, Extent extent, bool verify)
      : origin_(std::move(origin)),
        copies_(std::move(copies)),
        begin_(extent.offset),
        next_(extent.offset),
        end_(extent.end()),
        asked_to_verify_(verify),
        verify_(verify && extent.length == *origin_.info.size && origin_.info.crc32c.has_value() &&
                origin_.info.integrity == Integrity::verified_on_read) {}

  ~NearSource() override { tell_of_reading(); }

  const ObjectInfo& info() const override { return origin_.info; }

  Task<std::optional<Chunk>> co_read(std::size_t at_most) override {
    std::optional<Chunk> part;
    if (rest_.empty()) {
      if (next_ < end_) {
        rest_ = co_await co_next();
        next_ += rest_.size();
        if (verify_) crc_.update(rest_);
      }
      // Before the last bytes are given away: a reader that has them all need not ask for the end.
      if (next_ == end_) co_await co_come_to_the_end();
      if (rest_.empty()) co_return part;
    }
    part = rest_.slice(0, at_most == 0 ? rest_.size() : std::min(at_most, rest_.size()));
    rest_ = rest_.from(part->size());
    co_return part;
  }

  Task<SourcePtr> co_reopen(ByteRange range) override {
    const ReadOptions options = ReadOptions().range(range).verify(asked_to_verify_);
    co_return make_near_source(origin_, copies_, options);
  }

 private:
  /// The bytes at `next_`, from wherever they are.
  Task<Chunk> co_next() {
    for (;;) {
      if (!stream_ && copies_.part) {
        const NearPart::View view = copies_.part->look(next_);
        if (!view.chunk.empty()) {
          const std::uint64_t wanted = end_ - next_;
          co_return view.chunk.slice(0, static_cast<std::size_t>(std::min<std::uint64_t>(wanted, view.chunk.size())));
        }
        if (view.is_coming) {
          co_await copies_.part->changed().co_wait(view.epoch);
          continue;
        }
      }
      std::optional<Chunk> chunk;
      if (copies_.disk) {
        chunk = co_await co_next_of_copy();
      } else {
        chunk = co_await co_next_of_store();
      }
      if (chunk) co_return std::move(*chunk);
    }
  }

  /// To where memory has it again, or all.
  Extent streamed() const {
    std::uint64_t end = end_;
    if (copies_.part && copies_.part->begin() > next_) end = std::min(end, copies_.part->begin());
    return {next_, end - next_};
  }

  /// Nothing where the copy cannot be read, and is given up, and where memory has what comes next.
  Task<std::optional<Chunk>> co_next_of_copy() {
    std::optional<Chunk> chunk;
    std::exception_ptr failed;
    try {
      if (!stream_) {
        const Extent extent = streamed();
        stream_end_ = extent.end();
        stream_ = co_await copies_.disk->co_open(origin_.info, extent);
      }
      chunk = co_await stream_->co_read();
    } catch (...) {
      failed = std::current_exception();
    }
    if (!chunk) stream_.reset();
    if (!chunk && !failed && next_ < stream_end_) failed = std::make_exception_ptr(too_short());
    if (failed) {
      if (to_error(failed).kind() == ErrorKind::cancelled) std::rethrow_exception(failed);
      co_await std::exchange(copies_.disk, nullptr)->co_drop();
    }
    co_return chunk;
  }

  Task<std::optional<Chunk>> co_next_of_store() {
    std::optional<Chunk> chunk;
    if (!stream_) {
      const Extent extent = streamed();
      stream_end_ = extent.end();
      ReadOptions options = ReadOptions().range(ByteRange::of(extent.offset, extent.length)).verify(false);
      options.if_etag(origin_.info.etag);
      stream_ = co_await origin_.provider->co_open(origin_.key, std::move(options));
    }
    chunk = co_await stream_->co_read();
    if (chunk) co_return chunk;
    stream_.reset();
    if (next_ < stream_end_) throw too_short();
    co_return chunk;
  }

  Error too_short() const {
    return Error(ErrorKind::corrupt, "the object ended before the size it had when it was opened")
        .about(origin_.info.uri.text());
  }

  /// Once, when it comes to its end or is given up.
  void tell_of_reading() {
    if (!copies_.part || std::exchange(has_told_, true)) return;
    const std::uint64_t from = std::max(begin_, copies_.part->begin());
    const std::uint64_t to = std::min(next_, copies_.part->end());
    if (from < to) copies_.memory->was_read(*copies_.part, to - from);
  }

  Task<> co_come_to_the_end() {
    stream_.reset();
    tell_of_reading();
    if (!verify_ || crc_.value() == *origin_.info.crc32c) co_return;
    rest_ = Chunk();
    // Whoever reads it next gets what the store has.
    if (copies_.part) copies_.memory->drop(origin_.info.uri);
    if (copies_.disk) co_await copies_.disk->co_drop();
    throw Error(ErrorKind::corrupt, "its checksum is " + crc32c_text(crc_.value()) + ", and it was stored with " +
                                        crc32c_text(*origin_.info.crc32c) +
                                        ": the bytes are not those that were stored; restore it from elsewhere")
        .during("read")
        .about(origin_.info.uri.text());
  }

  const NearOrigin origin_;
  NearCopies copies_;
  const std::uint64_t begin_;
  std::uint64_t next_;  // The first byte that is not in `rest_` or given to the reader.
  const std::uint64_t end_;
  const bool asked_to_verify_;
  const bool verify_;
  bool has_told_ = false;
  SourcePtr stream_;
  std::uint64_t stream_end_ = 0;
  Chunk rest_;
  Crc32c crc_;
};

}  // namespace

SourcePtr make_near_source(NearOrigin origin, NearCopies copies, const ReadOptions& options) {
  const Extent extent = options.range().within(*origin.info.size).value();
  return std::make_unique<NearSource>(std::move(origin), std::move(copies), extent, options.verify());
}

}  // namespace coffer
