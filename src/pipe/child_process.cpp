#include "pipe/child_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <exception>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/base/error.hpp>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "async/helper_threads.hpp"
#include "async/together.hpp"

namespace coffer {

namespace asio = boost::asio;

namespace {

using asio::posix::descriptor_base;

constexpr std::size_t smallest_read = std::size_t{64} << 10U;
constexpr std::size_t largest_read = std::size_t{1} << 20U;
// Of stderr, before others on the loop have their turn.
constexpr int pieces_at_once = 16;
// How long a command may take to end by itself once the run has failed.
constexpr std::chrono::seconds usual_grace{5};

Task<> co_nothing() { co_return; }

/// Bytes in a pipe, asked at either end.
std::size_t bytes_in_pipe(int descriptor) noexcept {
  int bytes = 0;
  return ::ioctl(descriptor, FIONREAD, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
}

asio::posix::stream_descriptor stream_of(const asio::any_io_executor& executor, Descriptor& descriptor) {
  asio::posix::stream_descriptor stream(executor);
  if (descriptor) stream.assign(descriptor.release());
  return stream;
}

}  // namespace

long write_without_sigpipe(int descriptor, std::span<const std::byte> bytes) noexcept {
  sigset_t pipe_signal;
  sigset_t pending;
  sigset_t before;
  ::sigemptyset(&pipe_signal);
  ::sigaddset(&pipe_signal, SIGPIPE);
  ::sigpending(&pending);
  const bool was_pending = ::sigismember(&pending, SIGPIPE) == 1;
  ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
  const int code = errno;
  if (written < 0 && code == EPIPE && !was_pending) {
    // The signal waits for this thread, since it is blocked: take it away before it can be delivered.
    const timespec at_once{};
    while (::sigtimedwait(&pipe_signal, nullptr, &at_once) < 0 && errno == EINTR) {
    }
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return written < 0 ? -code : written;
}

ChildProcess::ChildProcess(asio::any_io_executor executor, SpawnedChild child, StderrListener listener)
    : executor_(std::move(executor)),
      pid_(child.pid()),
      child_(std::move(child)),
      input_(stream_of(executor_, child_.standard_input)),
      output_(stream_of(executor_, child_.standard_output)),
      error_(stream_of(executor_, child_.standard_error)),
      process_(executor_),
      listener_(std::move(listener)) {
  // Its own copy: the child keeps one to be reaped by, whatever becomes of the loop.
  Descriptor watched(::fcntl(child_.process(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!watched) throw Error::from_errno(errno, "watching a command");
  process_.assign(watched.release());
}

ChildProcess::~ChildProcess() = default;

Task<std::unique_ptr<ChildProcess>> ChildProcess::co_start(Runtime& runtime, SpawnRequest request,
                                                           StderrListener listener) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  std::shared_ptr<Reaper> reaper = runtime.reaper();
  auto call = [request = std::move(request), reaper] { return spawn(request, reaper); };
  Result<SpawnedChild> child = co_await runtime.helpers().co_run(std::move(call));
  if (!child) throw child.error();
  co_return std::unique_ptr<ChildProcess>(new ChildProcess(executor, std::move(*child), std::move(listener)));
}

Task<CommandEnd> ChildProcess::co_run(ByteSource* input, ByteSink* output) {
  std::exception_ptr failed;
  try {
    co_await co_until_first(executor_, co_stream(input, output), co_listen());
  } catch (...) {
    failed = std::current_exception();  // Thrown below: nothing can be awaited here.
  }
  if (failed) {
    // Before the next await, which else would throw at once where this was cancelled.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await co_end(usual_grace);
    throw to_error(failed);
  }
  take_rest_of_stderr();
  reap();
  CommandEnd end;
  end.status = *status_;
  end.bytes_in = bytes_in_;
  end.bytes_out = bytes_out_;
  end.left_input = left_input_;
  co_return end;
}

Task<> ChildProcess::co_stream(ByteSource* input, ByteSink* output) {
  Task<> feeding = input == nullptr ? co_exited() : co_feed_until_exit(input);
  Task<> draining = output == nullptr ? co_nothing() : co_drain(output);
  co_await co_all(executor_, std::move(feeding), std::move(draining), co_exited());
}

Task<> ChildProcess::co_feed_until_exit(ByteSource* input) {
  // Nobody is left to read what would be fed after the end.
  co_await co_until_first(executor_, co_feed(input), co_exited());
  starving_ = -1;
  if (input_.is_open()) {
    left_input_ = true;
    input_.close();
  }
}

Task<> ChildProcess::co_feed(ByteSource* input) {
  for (;;) {
    starving_ = input_.native_handle();
    std::optional<Chunk> chunk = co_await input->co_read();
    starving_ = -1;
    if (!chunk) break;
    const bool taken = co_await co_write_all(std::move(*chunk));
    if (!taken) {
      left_input_ = true;
      break;
    }
  }
  input_.close();
}

/// False where nobody reads any more.
Task<bool> ChildProcess::co_write_all(Chunk chunk) {
  while (!chunk.empty()) {
    const long written = write_without_sigpipe(input_.native_handle(), chunk.bytes());
    if (written >= 0) {
      bytes_in_ += static_cast<std::uint64_t>(written);
      chunk = chunk.from(static_cast<std::size_t>(written));
    } else if (written == -EAGAIN) {
      co_await input_.async_wait(descriptor_base::wait_write, asio::deferred);
    } else if (written == -EPIPE) {
      co_return false;
    } else if (written != -EINTR) {
      throw Error::from_errno(static_cast<int>(-written), "writing to a command's stdin");
    }
  }
  co_return true;
}

Task<> ChildProcess::co_drain(ByteSink* output) {
  for (;;) {
    co_await output_.async_wait(descriptor_base::wait_read, asio::deferred);
    // As large as what is there: a buffer is charged whole, however little is in it.
    const std::size_t wanted = std::clamp(bytes_in_pipe(output_.native_handle()), smallest_read, largest_read);
    blocked_ = output_.native_handle();
    Buffer buffer = co_await output->co_buffer(wanted);
    blocked_ = -1;
    const ssize_t got = ::read(output_.native_handle(), buffer.data(), buffer.size());
    if (got == 0) break;
    if (got < 0) {
      if (errno == EAGAIN || errno == EINTR) continue;
      throw Error::from_errno(errno, "reading a command's stdout");
    }
    bytes_out_ += static_cast<std::uint64_t>(got);
    Chunk chunk = std::move(buffer).share(static_cast<std::size_t>(got));
    blocked_ = output_.native_handle();
    co_await output->co_write(std::move(chunk));
    blocked_ = -1;
  }
  output_.close();
}

Task<> ChildProcess::co_listen() {
  for (;;) {
    co_await error_.async_wait(descriptor_base::wait_read, asio::deferred);
    // One that never stops talking must not keep the loop for itself.
    for (int i = 0; i < pieces_at_once && take_stderr() > 0; ++i) {
    }
    if (!error_.is_open()) break;
  }
  co_await co_for_ever();  // A command may close its stderr and go on.
}

/// Reads once, and returns how many bytes. 0 where nothing is there now, or ever will be: then it is closed.
std::size_t ChildProcess::take_stderr() {
  if (!error_.is_open()) return 0;
  std::array<char, 4096> bytes;
  const ssize_t got = ::read(error_.native_handle(), bytes.data(), bytes.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  if (got <= 0) {
    error_.close();
    return 0;
  }
  const std::string_view piece(bytes.data(), static_cast<std::size_t>(got));
  last_lines_.add(piece);
  if (listener_) listener_(piece);
  return piece.size();
}

/// What is there when the program has ended, and no more: those that it left behind may never stop writing.
void ChildProcess::take_rest_of_stderr() {
  if (!error_.is_open()) return;
  std::size_t left = bytes_in_pipe(error_.native_handle());
  while (left > 0) {
    const std::size_t taken = take_stderr();
    if (taken == 0) return;
    left -= std::min(left, taken);
  }
}

Task<> ChildProcess::co_exited() {
  if (!child_.has_ended()) co_await process_.async_wait(descriptor_base::wait_read, asio::deferred);
}

ExitStatus ChildProcess::reap() {
  if (!status_) {
    Result<ExitStatus> status = child_.reap();
    if (!status) throw status.error();
    status_ = *status;
  }
  return *status_;
}

Task<ExitStatus> ChildProcess::co_end(std::chrono::nanoseconds grace) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  if (!status_) {
    child_.signal_group(SIGTERM);
    child_.signal_group(SIGCONT);  // One that is stopped ends only when it goes on.
    asio::steady_timer timer(executor_, std::chrono::duration_cast<asio::steady_timer::duration>(grace));
    auto either = asio::experimental::make_parallel_group(
        process_.async_wait(descriptor_base::wait_read, asio::deferred), timer.async_wait(asio::deferred));
    co_await either.async_wait(asio::experimental::wait_for_one(), asio::deferred);
    child_.signal_group(SIGKILL);
    if (!child_.has_ended()) co_await process_.async_wait(descriptor_base::wait_read, asio::deferred);
    take_rest_of_stderr();
  }
  const ExitStatus status = reap();
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  co_return status;
}

bool ChildProcess::lacks_input() const noexcept {
  const int starving = starving_;
  return starving >= 0 && bytes_in_pipe(starving) == 0;
}

bool ChildProcess::lacks_room() const noexcept {
  const int blocked = blocked_;
  if (blocked < 0) return false;
  const int size = ::fcntl(blocked, F_GETPIPE_SZ);
  // A pipe holds whole pages: the last may be half empty and no room all the same.
  return size > 0 && bytes_in_pipe(blocked) + 4096 > static_cast<std::size_t>(size);
}

}  // namespace coffer
