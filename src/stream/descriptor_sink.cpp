#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <coffer/async/runtime.hpp>
#include <coffer/base/checksum.hpp>
#include <coffer/stream/descriptor_stream.hpp>
#include <unistd.h>

#include "async/signal.hpp"
#include "stream/descriptor_thread.hpp"

namespace coffer {
namespace {

// Chunks handed over and not yet written, the one in the system call among them.
constexpr std::size_t write_behind = 2;

/// Shared by the sink and its thread, which may outlive it in a write that does not return.
class Outlet {
 public:
  explicit Outlet(DescriptorConfig config) : descriptor_(std::move(config)) {}

  void run() noexcept {
    try {
      while (std::optional<Chunk> chunk = next()) {
        write(*chunk);
        done();
      }
    } catch (...) {
      fail(std::current_exception());
    }
  }

  /// The sink is gone: what still waits is not written.
  void stop() noexcept {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wanted_.notify_all();
  }

  Task<> co_put(Chunk chunk) {
    co_await co_at_most(write_behind - 1);
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(chunk));
    }
    wanted_.notify_all();
  }

  /// Returns when at most `count` chunks are not yet written.
  Task<> co_at_most(std::size_t count) {
    for (;;) {
      const std::uint64_t seen = written_.epoch();
      if (holds_at_most(count)) co_return;
      co_await written_.co_wait(seen);
    }
  }

 private:
  bool holds_at_most(std::size_t count) {
    const std::lock_guard lock(mutex_);
    if (error_) std::rethrow_exception(error_);
    return waiting_.size() <= count;
  }

  std::optional<Chunk> next() {
    std::unique_lock lock(mutex_);
    wanted_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
    if (stopped_) return std::nullopt;
    return waiting_.front();
  }

  void write(const Chunk& chunk) {
    for (std::size_t at = 0; at < chunk.size();) {
      const ssize_t put = ::write(descriptor_.number(), chunk.data() + at, chunk.size() - at);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0 && errno == EAGAIN) {
        descriptor_.wait_writable();
        continue;
      }
      if (put < 0) throw Error::from_errno(errno, "write").during("write").about(descriptor_.name());
      at += static_cast<std::size_t>(put);
    }
  }

  void done() {
    {
      const std::lock_guard lock(mutex_);
      waiting_.pop_front();
    }
    written_.notify_all();
  }

  void fail(std::exception_ptr error) noexcept {
    {
      const std::lock_guard lock(mutex_);
      error_ = std::move(error);
    }
    written_.notify_all();
  }

  BlockingDescriptor descriptor_;
  Signal written_;
  std::mutex mutex_;
  std::condition_variable wanted_;
  std::deque<Chunk> waiting_;
  std::exception_ptr error_;
  bool stopped_ = false;
};

class DescriptorSink final : public ByteSink {
 public:
  DescriptorSink(Runtime& runtime, DescriptorConfig config)
      : write_size_(descriptor_chunk(runtime)),
        share_(runtime.pool().open_share("write " + config.name())),
        outlet_(std::make_shared<Outlet>(std::move(config))) {}
  ~DescriptorSink() override { outlet_->stop(); }

  Task<Buffer> co_buffer(std::size_t at_least) override {
    // Own writes give their buffers back: better to wait for one than to take beyond the budget.
    std::optional<Buffer> buffer = share_.try_more(std::max(at_least, write_size_));
    if (!buffer) {
      co_await outlet_->co_at_most(0);
      buffer = share_.need(at_least);
    }
    co_return std::move(*buffer);
  }

  Task<> co_write(Chunk chunk) override {
    if (chunk.empty()) co_return;
    if (!started_) {
      started_ = true;
      std::function<void()> body = [outlet = outlet_] { outlet->run(); };
      start_detached_thread(std::move(body));
    }
    const Chunk written = chunk;
    co_await outlet_->co_put(std::move(chunk));
    crc_.update(written.bytes());
    size_ += written.size();
  }

  Task<Stored> co_commit() override {
    co_await outlet_->co_at_most(0);
    Stored stored;
    stored.size = size_;
    stored.crc32c = crc_.value();
    co_return stored;
  }

 private:
  const std::size_t write_size_;
  BudgetShare share_;
  std::shared_ptr<Outlet> outlet_;
  Crc32c crc_;
  std::uint64_t size_ = 0;
  bool started_ = false;
};

}  // namespace

SinkPtr make_descriptor_sink(Runtime& runtime, DescriptorConfig config) {
  return std::make_unique<DescriptorSink>(runtime, std::move(config));
}

}  // namespace coffer
