#include "io_backends/threads/thread_backend.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/async/runtime.hpp>
#include <coffer/base/error.hpp>
#include <unistd.h>

#include "async/helper_threads.hpp"
#include "async/loop_role.hpp"
#include "io_backends/io_span.hpp"

namespace coffer {

namespace asio = boost::asio;

namespace {

// The calls own what they use, for the coroutine may be destroyed while they run. They let go of it before they return:
// the helper thread drops the call itself only after the coroutine was woken.

class ReadCall {
 public:
  ReadCall(FilePtr file, std::uint64_t offset, Buffer into, std::size_t want, IoSpan span)
      : file_(std::move(file)), offset_(offset), into_(std::move(into)), want_(want), span_(std::move(span)) {}

  ReadDone operator()() {
    const FilePtr file = std::move(file_);
    IoSpan span = std::move(span_);
    ReadDone done;
    done.buffer = std::move(into_);
    const std::size_t want = std::min(want_, done.buffer.size());
    ssize_t got = 0;
    do {
      got = ::pread(file->descriptor(), done.buffer.data(), want, static_cast<off_t>(offset_));
    } while (got < 0 && errno == EINTR);
    if (got < 0) throw Error::from_errno(errno, "read");
    done.bytes = static_cast<std::size_t>(got);
    span.end(done.bytes);
    return done;
  }

 private:
  FilePtr file_;
  std::uint64_t offset_;
  Buffer into_;
  std::size_t want_;
  IoSpan span_;
};

class WriteCall {
 public:
  WriteCall(FilePtr file, std::uint64_t offset, Chunk from, IoSpan span)
      : file_(std::move(file)), offset_(offset), from_(std::move(from)), span_(std::move(span)) {}

  void operator()() {
    const FilePtr file = std::move(file_);
    const Chunk from = std::exchange(from_, Chunk());
    IoSpan span = std::move(span_);
    std::size_t written = 0;
    while (written < from.size()) {
      const ssize_t put = ::pwrite(file->descriptor(), from.data() + written, from.size() - written,
                                   static_cast<off_t>(offset_ + written));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) throw Error::from_errno(errno, "write");
      if (put == 0) throw Error::from_errno(EIO, "write: the system accepts no more bytes");
      written += static_cast<std::size_t>(put);
    }
    span.end(written);
  }

 private:
  FilePtr file_;
  std::uint64_t offset_;
  Chunk from_;
  IoSpan span_;
};

class SyncCall {
 public:
  SyncCall(FilePtr file, bool data_only, IoSpan span)
      : file_(std::move(file)), data_only_(data_only), span_(std::move(span)) {}

  void operator()() {
    const FilePtr file = std::move(file_);
    const IoSpan span = std::move(span_);
    const int answer = data_only_ ? ::fdatasync(file->descriptor()) : ::fsync(file->descriptor());
    if (answer < 0) throw Error::from_errno(errno, data_only_ ? "fdatasync" : "fsync");
  }

 private:
  FilePtr file_;
  bool data_only_;
  IoSpan span_;
};

class NameCall {
 public:
  NameCall(std::function<int()> call, IoSpan span) : call_(std::move(call)), span_(std::move(span)) {}

  int operator()() {
    const std::function<int()> call = std::exchange(call_, nullptr);
    const IoSpan span = std::move(span_);
    return call();
  }

 private:
  std::function<int()> call_;
  IoSpan span_;
};

class ThreadBackend final : public IoBackend {
 public:
  explicit ThreadBackend(Runtime& runtime) : runtime_(runtime) {}

  std::string_view name() const noexcept override { return "threads"; }

  Task<ReadDone> co_read_at(FilePtr file, std::uint64_t offset, Buffer into, std::size_t want) override {
    IoSpan span(runtime_.observer(), IoKind::read);
    ReadCall call(std::move(file), offset, std::move(into), want, std::move(span));
    ReadDone done = co_await runtime_.helpers().co_run(std::move(call));
    const auto state = co_await asio::this_coro::cancellation_state;
    throw_if_cancelled(state);
    co_return std::move(done);
  }

  Task<> co_write_at(FilePtr file, std::uint64_t offset, Chunk from) override {
    IoSpan span(runtime_.observer(), IoKind::write);
    WriteCall call(std::move(file), offset, std::move(from), std::move(span));
    co_await runtime_.helpers().co_run(std::move(call));
    const auto state = co_await asio::this_coro::cancellation_state;
    throw_if_cancelled(state);
  }

  Task<> co_sync(FilePtr file, bool data_only) override {
    IoSpan span(runtime_.observer(), IoKind::sync);
    SyncCall call(std::move(file), data_only, std::move(span));
    co_await runtime_.helpers().co_run(std::move(call));
    const auto state = co_await asio::this_coro::cancellation_state;
    throw_if_cancelled(state);
  }

  Task<int> co_try(std::string_view /*step*/, std::function<int()> call) override {
    const auto executor = co_await asio::this_coro::executor;
    IoSpan span(runtime_.observer(), IoKind::name);
    NameCall named(std::move(call), std::move(span));
    if (runs_on_own_thread(executor)) co_return named();
    const int value = co_await runtime_.helpers().co_run(std::move(named));
    co_return value;
  }

 private:
  static void throw_if_cancelled(const asio::cancellation_state& state) {
    if (state.cancelled() != asio::cancellation_type::none) throw Error(ErrorKind::cancelled, "cancelled during I/O");
  }

  Runtime& runtime_;
};

}  // namespace

std::shared_ptr<IoBackend> make_thread_backend(Runtime& runtime) { return std::make_shared<ThreadBackend>(runtime); }

}  // namespace coffer
