#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <coffer/storage/live_object.hpp>
#include <coffer/storage/write_behind.hpp>

#include "async/signal.hpp"
#include "storage/readback_ahead.hpp"
#include "storage/recent_bytes.hpp"

namespace coffer {

namespace {

/// What is kept in memory for readers that keep pace: so much, so much of the budget, and half of what is a stream's
/// fair part. It counts as the writer's, who needs the other half to write behind.
constexpr std::size_t most_recent = std::size_t{16} << 20U;
constexpr std::size_t least_divisor = 8;
/// Smaller chunks are gathered in buffers of this size: a chunk holds its whole buffer, however little of it is used.
constexpr std::size_t gathered = std::size_t{256} << 10U;

Error cannot_be_read_early(const Uri& uri) {
  return Error(
             ErrorKind::unsupported,
             "this store cannot be read before a commit, and there is no scratch space; name a folder for it (--spill)")
      .about(uri.text());
}

class LiveObjectInStore final : public LiveObject, public Evictable {
 public:
  LiveObjectInStore(Storage& storage, Uri uri, WriteOptions options, ReadersEnd readers_end)
      : storage_(storage),
        uri_(std::move(uri)),
        options_(std::move(options)),
        readers_end_(readers_end),
        size_(options_.size()),
        share_(storage.runtime().pool().open_share("live " + uri_.text())) {}

  Task<SinkPtr> co_writer() override;
  Task<SourcePtr> co_open(ReadOptions options) override;
  void fail(Error why) override;

  const Uri& uri() const noexcept override { return uri_; }
  State state() const noexcept override {
    const std::lock_guard lock(mutex_);
    return state_;
  }
  std::uint64_t written_to() const noexcept override {
    const std::lock_guard lock(mutex_);
    return written_to_;
  }
  std::optional<std::uint64_t> size() const noexcept override {
    const std::lock_guard lock(mutex_);
    return size_;
  }
  Task<Stored> co_committed() override;

  void evict(std::size_t bytes) noexcept override {
    const std::lock_guard lock(mutex_);
    if (!readback_) return;
    recent_.trim(recent_.bytes() - std::min(recent_.bytes(), bytes), readback_->readable());
  }

  /// What a reader at `offset` can do now.
  struct View {
    State state = State::waiting;
    bool has_ended = false;
    std::uint64_t written_to = 0;
    std::optional<std::uint64_t> size;
    Chunk recent;
    std::shared_ptr<Readback> readback;
    std::uint64_t epoch = 0;
  };
  View look(std::uint64_t offset) const {
    View view;
    view.epoch = changed_.epoch();
    const std::lock_guard lock(mutex_);
    view.state = state_;
    view.has_ended = ended_ || state_ == State::committed;
    view.written_to = written_to_;
    view.size = size_;
    view.recent = recent_.find(offset);
    view.readback = readback_;
    return view;
  }
  Signal& changed() noexcept { return changed_; }
  Error failure() const {
    const std::lock_guard lock(mutex_);
    return *failure_;
  }
  Runtime& runtime() const noexcept { return storage_.runtime(); }
  const WriteOptions& options() const noexcept { return options_; }

  // Called by the writer.
  void wrote(Chunk chunk);
  void ended();
  void committed(const Stored& stored);

 private:
  Chunk gather(const Chunk& chunk);
  std::size_t recent_limit() const {
    const PoolUse use = storage_.runtime().pool().use();
    return std::min(most_recent, use.budget / std::max(least_divisor, 2 * use.streams));
  }

  Storage& storage_;
  const Uri uri_;
  const WriteOptions options_;
  const ReadersEnd readers_end_;
  Signal changed_;

  mutable std::mutex mutex_;
  State state_ = State::waiting;
  bool has_writer_ = false;
  bool ended_ = false;  // For readers, before the commit.
  std::uint64_t written_to_ = 0;
  std::optional<std::uint64_t> size_;
  RecentBytes recent_;
  std::shared_ptr<Readback> readback_;
  std::optional<Stored> stored_;
  std::optional<Error> failure_;

  // Only the writer's.
  BudgetShare share_;
  std::shared_ptr<Buffer> gathering_;
  std::size_t gathered_to_ = 0;
};

using LiveImpl = std::shared_ptr<LiveObjectInStore>;

class LiveSink final : public ByteSink {
 public:
  LiveSink(LiveImpl object, SinkPtr inner) : object_(std::move(object)), inner_(std::move(inner)) {}
  LiveSink(const LiveSink&) = delete;
  LiveSink& operator=(const LiveSink&) = delete;
  ~LiveSink() override {
    if (!ended_)
      object_->fail(Error(ErrorKind::writer_failed, "its writer left without a commit").about(object_->uri().text()));
  }

  Task<Buffer> co_buffer(std::size_t at_least) override { return inner_->co_buffer(at_least); }

  Task<> co_write(Chunk chunk) override {
    if (chunk.empty()) co_return;
    std::exception_ptr failed;
    try {
      co_await inner_->co_write(chunk);
    } catch (...) {
      failed = std::current_exception();
    }
    if (failed) end_with(failed);
    object_->wrote(std::move(chunk));
  }

  Task<Stored> co_commit() override {
    object_->ended();
    Stored stored;
    std::exception_ptr failed;
    try {
      stored = co_await inner_->co_commit();
    } catch (...) {
      failed = std::current_exception();
    }
    if (failed) end_with(failed);
    ended_ = true;
    object_->committed(stored);
    co_return stored;
  }

  std::shared_ptr<Readback> readback() override { return inner_->readback(); }

 private:
  [[noreturn]] void end_with(const std::exception_ptr& failed) {
    ended_ = true;
    object_->fail(to_error(failed));
    std::rethrow_exception(failed);
  }

  LiveImpl object_;
  SinkPtr inner_;
  bool ended_ = false;
};

class LiveSource final : public ByteSource {
 public:
  LiveSource(LiveImpl object, ByteRange range)
      : object_(std::move(object)), range_(range), behind_(object_->runtime(), "read live " + object_->uri().text()) {
    info_.uri = object_->uri();
    info_.content_type = object_->options().content_type();
    info_.metadata = object_->options().metadata();
    info_.size = object_->size();
  }

  const ObjectInfo& info() const override { return info_; }

  Task<SourcePtr> co_reopen(ByteRange range) override {
    SourcePtr again = std::make_unique<LiveSource>(object_, range);
    co_return again;
  }

  Task<std::optional<Chunk>> co_read(std::size_t at_most) override {
    for (;;) {
      const LiveObjectInStore::View view = object_->look(next_);
      if (view.state == LiveObject::State::failed) throw_failure();
      info_.size = view.size;
      if (!settled_) {
        if (settle_range(view)) continue;
      } else if (next_ < std::min(end_, view.written_to)) {
        if (rest_.empty()) rest_ = co_await co_next(view, at_most == 0 ? SIZE_MAX : at_most);
        const Chunk chunk = rest_.slice(0, at_most == 0 ? rest_.size() : std::min(at_most, rest_.size()));
        rest_ = rest_.from(chunk.size());
        next_ += chunk.size();
        co_return chunk;
      } else if (view.has_ended || (next_ >= end_ && ends_where_asked())) {
        co_return std::nullopt;
      }
      co_await object_->changed().co_wait(view.epoch);
    }
  }

 private:
  [[noreturn]] void throw_failure() const {
    Error why = object_->failure();
    throw Error(ErrorKind::writer_failed, "what was to be read was never completed")
        .during("read")
        .about(object_->uri().text())
        .because(std::move(why));
  }

  /// A range that goes to the object's own end is not over before the commit, also where the size was promised.
  bool ends_where_asked() const { return range_.length().has_value(); }

  /// Turns the range into offsets as soon as that can be done. True once it is done.
  bool settle_range(const LiveObjectInStore::View& view) {
    if (view.size) {
      const Extent extent = range_.within(*view.size).value();
      next_ = extent.offset;
      end_ = extent.end();
      settled_ = true;
    } else if (range_.offset() && view.written_to > *range_.offset()) {
      next_ = *range_.offset();
      if (range_.length()) end_ = next_ + std::min(*range_.length(), UINT64_MAX - next_);
      settled_ = true;
    }
    return settled_;
  }

  /// The bytes at `next_`, which were written.
  Task<Chunk> co_next(const LiveObjectInStore::View& view, std::size_t at_most) {
    if (!behind_.has(next_)) {
      behind_.drop();
      if (!view.recent.empty()) co_return from_memory(view.recent, std::min<std::uint64_t>(end_ - next_, at_most));
    }
    const auto executor = co_await boost::asio::this_coro::executor;
    if (!behind_.has(next_)) read_behind(executor, next_);
    Chunk chunk = co_await behind_.co_take();
    while (behind_.wants_more() && read_behind(executor, std::max(behind_.next(), next_ + chunk.size()))) {
    }
    co_return chunk;
  }

  /// Starts to read what is no longer in memory. False where there is no such thing at `offset`.
  bool read_behind(const boost::asio::any_io_executor& executor, std::uint64_t offset) {
    const LiveObjectInStore::View view = object_->look(offset);
    const std::uint64_t end = view.readback ? std::min(end_, view.readback->readable()) : 0;
    if (offset >= end || !view.recent.empty()) return false;
    behind_.start(executor, view.readback, offset, end - offset);
    return true;
  }

  /// A slice of what the writer wrote last, or a copy of it in this reader's own grant where memory is short: a slow
  /// reader must not hold the writer's.
  Chunk from_memory(const Chunk& recent, std::uint64_t at_most) {
    Chunk slice = recent.slice(0, static_cast<std::size_t>(std::min<std::uint64_t>(at_most, recent.size())));
    const PoolUse use = object_->runtime().pool().use();
    if (use.granted < use.budget / 2) return slice;
    Buffer copy = behind_.share().need(slice.size());
    const std::size_t bytes = std::min(copy.size(), slice.size());
    std::memcpy(copy.data(), slice.data(), bytes);
    return std::move(copy).share(bytes);
  }

  LiveImpl object_;
  const ByteRange range_;
  ReadbackAhead behind_;
  Chunk rest_;  // Taken, and not yet given to the reader.
  ObjectInfo info_;
  bool settled_ = false;
  std::uint64_t next_ = 0;
  std::uint64_t end_ = UINT64_MAX;
};

Task<SinkPtr> LiveObjectInStore::co_writer() {
  {
    const std::lock_guard lock(mutex_);
    if (failure_) throw Error(*failure_);
    if (std::exchange(has_writer_, true)) {
      throw Error(ErrorKind::conflict, "a live object has one writer, and this one has had it").about(uri_.text());
    }
  }
  const auto self = std::static_pointer_cast<LiveObjectInStore>(shared_from_this());
  SinkPtr inner;
  std::exception_ptr failed;
  try {
    inner = co_await storage_.co_create(uri_, options_);
    if (!inner->readback()) {
      if (!storage_.scratch()) throw cannot_be_read_early(uri_);
      inner = co_await co_write_behind(storage_, std::move(inner));
    }
  } catch (...) {
    failed = std::current_exception();
  }
  if (failed) {
    fail(to_error(failed));
    std::rethrow_exception(failed);
  }
  {
    const std::lock_guard lock(mutex_);
    readback_ = inner->readback();
    if (failure_) throw Error(*failure_);
    state_ = State::writing;
  }
  storage_.runtime().pool().add_cache(self);
  changed_.notify_all();
  SinkPtr sink = std::make_unique<LiveSink>(self, std::move(inner));
  co_return sink;
}

Task<SourcePtr> LiveObjectInStore::co_open(ReadOptions options) {
  if (options.etag()) {
    throw Error(ErrorKind::invalid_argument, "what is being written has no etag yet; open it after its commit")
        .during("open")
        .about(uri_.text());
  }
  const auto self = std::static_pointer_cast<LiveObjectInStore>(shared_from_this());
  SourcePtr source = std::make_unique<LiveSource>(self, options.range());
  co_return source;
}

void LiveObjectInStore::fail(Error why) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::committed || state_ == State::failed) return;
    state_ = State::failed;
    failure_ = std::move(why);
    recent_ = RecentBytes();
  }
  changed_.notify_all();
}

Task<Stored> LiveObjectInStore::co_committed() {
  const auto self = shared_from_this();
  for (;;) {
    const std::uint64_t seen = changed_.epoch();
    {
      const std::lock_guard lock(mutex_);
      if (stored_) co_return *stored_;
      if (failure_) throw Error(*failure_);
    }
    co_await changed_.co_wait(seen);
  }
}

Chunk LiveObjectInStore::gather(const Chunk& chunk) {
  if (!gathering_ || gathering_->size() - gathered_to_ < chunk.size()) {
    gathering_ = std::make_shared<Buffer>(share_.need(gathered));
    gathered_to_ = 0;
    if (gathering_->size() < chunk.size()) return chunk;
  }
  std::byte* place = gathering_->data() + gathered_to_;
  std::memcpy(place, chunk.data(), chunk.size());
  gathered_to_ += chunk.size();
  return {gathering_, std::span<const std::byte>(place, chunk.size())};
}

void LiveObjectInStore::wrote(Chunk chunk) {
  if (chunk.size() < gathered / 2) chunk = gather(chunk);
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::failed) return;
    const std::size_t size = chunk.size();
    recent_.append(written_to_, std::move(chunk));
    written_to_ += size;
    recent_.trim(recent_limit(), readback_->readable());
  }
  changed_.notify_all();
}

void LiveObjectInStore::ended() {
  if (readers_end_ == ReadersEnd::at_commit) return;
  {
    const std::lock_guard lock(mutex_);
    // Another size than the promised one is no end: the commit will say so.
    if (state_ != State::writing || (size_ && *size_ != written_to_)) return;
    ended_ = true;
    size_ = written_to_;
  }
  changed_.notify_all();
}

void LiveObjectInStore::committed(const Stored& stored) {
  {
    const std::lock_guard lock(mutex_);
    // Who called it a failure has told the readers so: it stays one.
    if (state_ == State::failed) return;
    state_ = State::committed;
    stored_ = stored;
    size_ = stored.size;
    recent_.trim(0, readback_->readable());
  }
  gathering_.reset();
  changed_.notify_all();
}

}  // namespace

LiveObjectPtr LiveObject::make(Storage& storage, Uri uri, WriteOptions options, ReadersEnd readers_end) {
  const ProviderRegistry::Place place = storage.providers().find(uri).value();
  if (!place.provider->capabilities().read_before_commit && !storage.scratch()) {
    throw cannot_be_read_early(uri);
  }
  return std::make_shared<LiveObjectInStore>(storage, std::move(uri), std::move(options), readers_end);
}

}  // namespace coffer
