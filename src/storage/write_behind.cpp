#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <coffer/async/runtime.hpp>
#include <coffer/storage/storage.hpp>
#include <coffer/storage/write_behind.hpp>

#include "async/one_at_a_time.hpp"
#include "async/signal.hpp"
#include "async/task_group.hpp"
#include "async/task_scope.hpp"

namespace coffer {
namespace {

/// Of what is written, so much waits in memory and need not be read back, and so much of the budget.
constexpr std::size_t most_queued = std::size_t{8} << 20U;
constexpr std::size_t budget_divisor = 8;
/// A chunk holds its whole buffer: those that fill little of one are read back, many at a time.
constexpr std::size_t least_queued = std::size_t{64} << 10U;
constexpr std::size_t read_size = std::size_t{1} << 20U;

/// What the writer has written and the slow sink does not have yet. Thread-safe.
class Passage final : public Evictable {
 public:
  Passage(std::shared_ptr<ScratchFile> file, std::size_t budget)
      : file_(std::move(file)), limit_(std::min(most_queued, budget / budget_divisor)) {}

  ScratchFile& file() const noexcept { return *file_; }
  const std::shared_ptr<ScratchFile>& shared_file() const noexcept { return file_; }

  /// What is to be passed on from `offset`.
  struct Next {
    std::uint64_t bytes = 0;  ///< That can be read back in one piece; 0 where there are none yet.
    Chunk chunk;              ///< The same in memory, where it is.
    bool is_end = false;
    std::uint64_t epoch = 0;
  };
  Next next(std::uint64_t offset) {
    Next next;
    next.epoch = changed_.epoch();
    const std::lock_guard lock(mutex_);
    if (!queue_.empty() && queue_begin_ == offset) {
      next.chunk = std::move(queue_.front());
      queue_.pop_front();
      next.bytes = next.chunk.size();
      queue_begin_ += next.bytes;
      queued_ -= static_cast<std::size_t>(next.bytes);
    } else {
      next.bytes = (queue_.empty() ? written_to_ : queue_begin_) - offset;
      next.is_end = ended_ && next.bytes == 0;
    }
    return next;
  }

  /// Which scratch has already.
  void wrote(Chunk chunk) {
    {
      const std::lock_guard lock(mutex_);
      const std::size_t size = chunk.size();
      if (size >= least_queued && queued_ + size <= limit_ && written_to_ == queue_end()) {
        queued_ += size;
        queue_.push_back(std::move(chunk));
      }
      written_to_ += size;
      if (queue_.empty()) queue_begin_ = written_to_;
    }
    changed_.notify_all();
  }
  void end() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
  }

  void evict(std::size_t /*bytes*/) noexcept override {
    const std::lock_guard lock(mutex_);
    queue_.clear();
    queued_ = 0;
    queue_begin_ = written_to_;
  }

  void committed(Stored stored) {
    {
      const std::lock_guard lock(mutex_);
      stored_ = std::move(stored);
    }
    changed_.notify_all();
  }
  void failed(const std::exception_ptr& why) noexcept {
    {
      const std::lock_guard lock(mutex_);
      if (stored_ || failure_) return;
      failure_ = why;
    }
    changed_.notify_all();
  }
  void throw_failure() const {
    const std::lock_guard lock(mutex_);
    if (failure_) std::rethrow_exception(failure_);
  }

  /// Where it ended, or nothing. Throws what failed it.
  std::optional<Stored> outcome() const {
    throw_failure();
    const std::lock_guard lock(mutex_);
    return stored_;
  }
  Signal& changed() noexcept { return changed_; }

 private:
  std::uint64_t queue_end() const noexcept { return queue_begin_ + queued_; }

  const std::shared_ptr<ScratchFile> file_;
  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::uint64_t written_to_ = 0;
  bool ended_ = false;
  // Without gaps, from `queue_begin_`; where it is empty, that is written_to_.
  std::deque<Chunk> queue_;
  std::uint64_t queue_begin_ = 0;
  std::size_t queued_ = 0;
  std::optional<Stored> stored_;
  std::exception_ptr failure_;
  Signal changed_;
};

/// Lives in the task that passes on: one that is dropped before it ran fails too.
class Passing {
 public:
  explicit Passing(std::shared_ptr<Passage> passage) : passage_(std::move(passage)) {}
  Passing(Passing&& other) noexcept = default;
  Passing& operator=(Passing&&) = delete;
  ~Passing() {
    if (passage_) passage_->failed(std::make_exception_ptr(Error(ErrorKind::cancelled, "it was not stored")));
  }
  Passage& passage() const noexcept { return *passage_; }

 private:
  std::shared_ptr<Passage> passage_;
};

Task<Stored> co_pass_all(Passage& passage, BudgetShare& share, ByteSink& sink) {
  for (std::uint64_t offset = 0;;) {
    Passage::Next next = passage.next(offset);
    if (next.is_end) co_return co_await sink.co_commit();
    if (next.bytes == 0) {
      co_await passage.changed().co_wait(next.epoch);
      continue;
    }
    Chunk chunk = std::move(next.chunk);
    if (chunk.empty()) {
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(next.bytes, read_size));
      chunk = co_await passage.file().co_read_at(share, offset, wanted);
    }
    offset += chunk.size();
    co_await sink.co_write(std::move(chunk));
  }
}

Task<> co_pass_on(Passing passing, BudgetShare share, SinkPtr sink) {
  std::exception_ptr failure;
  try {
    Stored stored = co_await co_pass_all(passing.passage(), share, *sink);
    passing.passage().committed(std::move(stored));
  } catch (...) {
    failure = std::current_exception();
  }
  // Whoever hears of the failure finds nothing half done.
  sink.reset();
  if (failure) passing.passage().failed(failure);
}

/// Keeps it in the Runtime's scope until it has ended.
Task<> co_outlast(std::shared_ptr<TaskGroup> group) { co_await group->co_empty(); }

class BehindSink final : public ByteSink {
 public:
  BehindSink(BudgetShare share, std::shared_ptr<Passage> passage, std::shared_ptr<TaskGroup> task)
      : share_(std::move(share)), passage_(std::move(passage)), task_(std::move(task)) {}
  BehindSink(const BehindSink&) = delete;
  BehindSink& operator=(const BehindSink&) = delete;
  ~BehindSink() override { task_->cancel_all(); }

  Task<Buffer> co_buffer(std::size_t at_least) override { co_return share_.need(std::max(at_least, read_size)); }

  Task<> co_write(Chunk chunk) override {
    passage_->throw_failure();
    if (chunk.empty()) co_return;
    co_await passage_->file().co_append(chunk);
    passage_->wrote(std::move(chunk));
  }

  Task<Stored> co_commit() override {
    passage_->end();
    std::exception_ptr stopped;
    try {
      co_return co_await co_outcome();
    } catch (...) {
      stopped = std::current_exception();
    }
    // Past its commit point it completes.
    task_->cancel_all();
    co_return co_await co_outcome_shielded();
  }

  std::shared_ptr<Readback> readback() override { return passage_->shared_file(); }

 private:
  Task<Stored> co_outcome() {
    for (;;) {
      const std::uint64_t seen = passage_->changed().epoch();
      if (std::optional<Stored> stored = passage_->outcome()) co_return std::move(*stored);
      co_await passage_->changed().co_wait(seen);
    }
  }
  Task<Stored> co_outcome_shielded() {
    for (;;) {
      const std::uint64_t seen = passage_->changed().epoch();
      if (std::optional<Stored> stored = passage_->outcome()) co_return std::move(*stored);
      co_await passage_->changed().co_wait_shielded(seen);
    }
  }

  BudgetShare share_;
  const std::shared_ptr<Passage> passage_;
  const std::shared_ptr<TaskGroup> task_;
};

}  // namespace

Task<SinkPtr> co_write_behind(Storage& storage, SinkPtr sink) {
  if (!storage.scratch()) {
    throw Error(ErrorKind::unsupported,
                "what is passed on later waits on a disk, and this Storage has no Scratch: give it one");
  }
  Runtime& runtime = storage.runtime();
  std::shared_ptr<ScratchFile> file = co_await storage.scratch()->co_create();
  auto passage = std::make_shared<Passage>(std::move(file), runtime.pool().use().budget);
  runtime.pool().add_cache(passage);
  auto task = std::make_shared<TaskGroup>();
  const boost::asio::any_io_executor executor = one_at_a_time(runtime);
  BudgetShare passing_share = runtime.pool().open_share("pass on behind a writer");
  task->spawn(executor, co_pass_on(Passing(passage), std::move(passing_share), std::move(sink)));
  runtime.scope().spawn(executor, co_outlast(task));
  BudgetShare share = runtime.pool().open_share("write behind");
  co_return std::make_unique<BehindSink>(std::move(share), std::move(passage), std::move(task));
}

}  // namespace coffer
