#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <coffer/async/runtime.hpp>
#include <coffer/async/task.hpp>
#include <coffer/stream/byte_sink.hpp>
#include <coffer/stream/byte_source.hpp>

#include "pipe/last_lines.hpp"
#include "pipe/spawn.hpp"

namespace coffer {

/// How a command went, from its start to its end.
struct CommandEnd {
  ExitStatus status;
  std::uint64_t bytes_in = 0;   ///< What it was fed.
  std::uint64_t bytes_out = 0;  ///< What came from its stdout.
  /// It closed its stdin before the input was at its end.
  bool left_input = false;
};

/// A command that runs. Everything happens on the executor of the coroutine that started it: on a loop of several
/// threads, a strand. Dropping it with the command alive never blocks: the whole process group is killed and reaped
/// behind it.
class ChildProcess {
 public:
  /// Called with each piece of what the command writes to stderr, as it is.
  using StderrListener = std::function<void(std::string_view bytes)>;

  /// Throws what `spawn` returns.
  static Task<std::unique_ptr<ChildProcess>> co_start(Runtime& runtime, SpawnRequest request,
                                                      StderrListener listener = nullptr);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  pid_t pid() const noexcept { return pid_; }

  /// Feeds `input` into its stdin and its stdout into `output` (neither is committed here; null where the request says
  /// that there is no pipe; both outlive the task) until it has ended and its stdout is at its end. A command that
  /// closes its stdin early ends the feeding. How it exits is a value. Where the input or the output fails, or this is
  /// cancelled, the group is ended as by co_end before the error is thrown: a command never takes a broken input for a
  /// whole one. Once.
  Task<CommandEnd> co_run(ByteSource* input, ByteSink* output);
  /// Asks the group to end (SIGTERM), kills it after `grace`, and reaps. Deaf to cancellation while it
  /// waits; a caller that may be cancelled already shields itself first.
  Task<ExitStatus> co_end(std::chrono::nanoseconds grace);

  /// The last that it wrote to stderr, while it runs and after.
  std::string last_lines() const { return last_lines_.text(); }
  /// Whether its stdin is empty because its input is not there yet. From any thread; asks the kernel.
  bool lacks_input() const noexcept;
  /// Whether its stdout is full because the output does not take more. From any thread; asks the kernel.
  bool lacks_room() const noexcept;
  /// Bytes so far. From any thread.
  std::uint64_t bytes_in() const noexcept { return bytes_in_; }
  std::uint64_t bytes_out() const noexcept { return bytes_out_; }

 private:
  using Stream = boost::asio::posix::stream_descriptor;

  ChildProcess(boost::asio::any_io_executor executor, SpawnedChild child, StderrListener listener);
  Task<> co_stream(ByteSource* input, ByteSink* output);
  Task<> co_feed_until_exit(ByteSource* input);
  Task<> co_feed(ByteSource* input);
  Task<bool> co_write_all(Chunk chunk);
  Task<> co_drain(ByteSink* output);
  Task<> co_listen();
  Task<> co_exited();
  std::size_t take_stderr();
  void take_rest_of_stderr();
  ExitStatus reap();

  boost::asio::any_io_executor executor_;
  pid_t pid_;
  SpawnedChild child_;
  Stream input_;
  Stream output_;
  Stream error_;
  Stream process_;
  StderrListener listener_;
  LastLines last_lines_;
  std::atomic<std::uint64_t> bytes_in_ = 0;
  std::atomic<std::uint64_t> bytes_out_ = 0;
  // The pipes' descriptors while the kernel may be asked about them, else -1.
  std::atomic<int> starving_ = -1;
  std::atomic<int> blocked_ = -1;
  bool left_input_ = false;
  std::optional<ExitStatus> status_;
};

/// write(2) to a pipe without a signal where nobody reads it: the result, or the negative errno.
long write_without_sigpipe(int descriptor, std::span<const std::byte> bytes) noexcept;

}  // namespace coffer
