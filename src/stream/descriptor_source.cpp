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
#include <coffer/stream/descriptor_stream.hpp>
#include <unistd.h>

#include "async/signal.hpp"
#include "stream/descriptor_thread.hpp"

namespace coffer {
namespace {

// Chunks that wait for the reader: one is being filled beside them.
constexpr std::size_t read_ahead = 2;

/// Shared by the source and its thread, which may outlive it in a read that does not return.
class Inlet {
 public:
  Inlet(Runtime& runtime, DescriptorConfig config)
      : read_size_(descriptor_chunk(runtime)),
        share_(runtime.pool().open_share("read " + config.name())),
        descriptor_(std::move(config)) {}

  void run() noexcept {
    try {
      while (std::optional<Buffer> buffer = next_buffer()) {
        if (!fill(std::move(*buffer))) break;
      }
      finish(nullptr);
    } catch (...) {
      finish(std::current_exception());
    }
  }

  /// The source is gone.
  void stop() noexcept {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wanted_.notify_all();
    descriptor_.wake();
  }

  Task<std::optional<Chunk>> co_next() {
    for (;;) {
      const std::uint64_t seen = arrived_.epoch();
      if (std::optional<Chunk> chunk = take()) co_return std::move(*chunk);
      if (ended()) co_return std::nullopt;
      co_await arrived_.co_wait(seen);
    }
  }

 private:
  std::optional<Chunk> take() {
    std::unique_lock lock(mutex_);
    if (ready_.empty()) {
      // The thread may sit in poll with a part of a buffer: it gives that up.
      waiting_ = true;
      lock.unlock();
      wanted_.notify_all();
      descriptor_.wake();
      return std::nullopt;
    }
    waiting_ = false;
    std::optional<Chunk> chunk = std::move(ready_.front());
    ready_.pop_front();
    lock.unlock();
    wanted_.notify_all();
    return chunk;
  }

  bool ended() {
    const std::lock_guard lock(mutex_);
    if (!ready_.empty()) return false;
    if (error_) std::rethrow_exception(error_);
    return ended_;
  }

  /// Waits until another chunk may be read; nothing when the source is gone.
  std::optional<Buffer> next_buffer() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wanted_.wait(lock, [this] { return stopped_ || ready_.size() < read_ahead; });
      if (stopped_) return std::nullopt;
      if (ready_.empty()) return share_.need(read_size_);
      if (std::optional<Buffer> more = share_.try_more(read_size_)) return more;
      // The budget is spent: on when the reader has taken what is there.
      wanted_.wait(lock, [this] { return stopped_ || ready_.empty(); });
    }
  }

  /// False at the end.
  bool fill(Buffer buffer) {
    std::size_t used = 0;
    bool more = true;
    while (used < buffer.size()) {
      if (descriptor_.wait_readable() == BlockingDescriptor::Ready::woken) {
        if (is_stopped()) return false;
        if (used != 0 && is_waiting()) break;
        continue;
      }
      const ssize_t got = ::read(descriptor_.number(), buffer.data() + used, buffer.size() - used);
      // EAGAIN: somebody else made the shared descriptor non-blocking.
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got < 0) {
        // What came before the failure still counts as read.
        const int code = errno;
        give(std::move(buffer), used);
        throw Error::from_errno(code, "read").during("read").about(descriptor_.name());
      }
      if (got == 0) {
        more = false;
        break;
      }
      used += static_cast<std::size_t>(got);
      if (is_waiting() && !descriptor_.readable_now()) break;
    }
    give(std::move(buffer), used);
    return more;
  }

  void give(Buffer buffer, std::size_t used) {
    if (used == 0) return;
    {
      const std::lock_guard lock(mutex_);
      waiting_ = false;
      ready_.push_back(std::move(buffer).share(used));
    }
    arrived_.notify_all();
  }

  void finish(std::exception_ptr error) noexcept {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      error_ = std::move(error);
    }
    arrived_.notify_all();
  }

  bool is_waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }
  bool is_stopped() {
    const std::lock_guard lock(mutex_);
    return stopped_;
  }

  const std::size_t read_size_;
  BudgetShare share_;
  BlockingDescriptor descriptor_;
  Signal arrived_;
  std::mutex mutex_;
  std::condition_variable wanted_;
  std::deque<Chunk> ready_;
  std::exception_ptr error_;
  bool waiting_ = false;
  bool ended_ = false;
  bool stopped_ = false;
};

class DescriptorSource final : public ByteSource {
 public:
  DescriptorSource(Runtime& runtime, DescriptorConfig config)
      : inlet_(std::make_shared<Inlet>(runtime, std::move(config))) {}
  ~DescriptorSource() override { inlet_->stop(); }

  const ObjectInfo& info() const override { return info_; }

  Task<std::optional<Chunk>> co_read(std::size_t at_most) override {
    if (!started_) {
      std::function<void()> body = [inlet = inlet_] { inlet->run(); };
      start_detached_thread(std::move(body));
      started_ = true;
    }
    if (rest_.empty()) {
      std::optional<Chunk> next = co_await inlet_->co_next();
      if (!next) co_return std::nullopt;
      rest_ = std::move(*next);
    }
    const std::size_t length = at_most == 0 ? rest_.size() : std::min(at_most, rest_.size());
    Chunk chunk = rest_.slice(0, length);
    rest_ = length == rest_.size() ? Chunk() : rest_.from(length);
    co_return chunk;
  }

 private:
  std::shared_ptr<Inlet> inlet_;
  ObjectInfo info_;
  Chunk rest_;
  bool started_ = false;
};

}  // namespace

SourcePtr make_descriptor_source(Runtime& runtime, DescriptorConfig config) {
  return std::make_unique<DescriptorSource>(runtime, std::move(config));
}

}  // namespace coffer
