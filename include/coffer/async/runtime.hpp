#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <type_traits>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <coffer/async/buffer_pool.hpp>
#include <coffer/async/task.hpp>
#include <coffer/base/clock.hpp>
#include <coffer/observe/observer.hpp>

namespace coffer {

class HelperThreads;
class Reaper;
class TaskScope;

/// Settings of a Runtime; each has a default that fits a command line program.
class RuntimeConfig {
 public:
  /// Threads that run coroutines, each with a loop and a ring of its own. Ignored when attached. Default 1; 0 is 1.
  RuntimeConfig& threads(std::size_t count) & {
    threads_ = count;
    return *this;
  }
  RuntimeConfig&& threads(std::size_t count) && {
    threads_ = count;
    return std::move(*this);
  }
  /// Bytes that all buffers together may take. Default 64 MiB; less than 64 KiB is 64 KiB.
  RuntimeConfig& budget(std::size_t bytes) & {
    budget_ = bytes;
    return *this;
  }
  RuntimeConfig&& budget(std::size_t bytes) && {
    budget_ = bytes;
    return std::move(*this);
  }
  /// Threads for heavy computations (Runtime::co_compute), started when first needed. Default 0: one for each core.
  RuntimeConfig& compute_threads(std::size_t count) & {
    compute_threads_ = count;
    return *this;
  }
  RuntimeConfig&& compute_threads(std::size_t count) && {
    compute_threads_ = count;
    return std::move(*this);
  }
  /// Is told what happens; default: nobody. Kept alive by the Runtime.
  RuntimeConfig& observer(std::shared_ptr<Observer> observer) & {
    observer_ = std::move(observer);
    return *this;
  }
  RuntimeConfig&& observer(std::shared_ptr<Observer> observer) && {
    observer_ = std::move(observer);
    return std::move(*this);
  }
  /// Default: the machine's clocks.
  RuntimeConfig& clock(std::shared_ptr<const Clock> clock) & {
    clock_ = std::move(clock);
    return *this;
  }
  RuntimeConfig&& clock(std::shared_ptr<const Clock> clock) && {
    clock_ = std::move(clock);
    return std::move(*this);
  }

 private:
  friend class Runtime;
  std::size_t threads_ = 1;
  std::size_t compute_threads_ = 0;
  std::size_t budget_ = std::size_t{64} << 20U;
  std::shared_ptr<Observer> observer_;
  std::shared_ptr<const Clock> clock_;
};

/// What everything runs on: threads, the memory budget, helper threads for calls that block, and the reaper that
/// finishes what was dropped. Either it owns its threads, or it is attached to a program's own io_context and owns no
/// loop. Thread-safe. Outlives every Task, Source, Sink and Storage made with it.
class Runtime {
 public:
  explicit Runtime(RuntimeConfig config = RuntimeConfig());
  /// Attached: coroutines run wherever `loop` is run, by one thread or by several; with several, what is cancelled
  /// (also by `||`) is spawned on a strand, as Asio asks. `loop` may be destroyed before or after the Runtime, once
  /// nothing runs in it.
  explicit Runtime(boost::asio::io_context& loop, RuntimeConfig config = RuntimeConfig());
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  /// Blocks: ends the threads and closes what the reaper still has. `co_close` first does it without blocking a loop.
  ~Runtime();

  /// Where to spawn a coroutine: the next of the own threads in turn, or the attached loop.
  boost::asio::any_io_executor executor();
  bool attached() const noexcept;

  /// Runs a task on the own threads and waits for it; rethrows what it throws. Throws Error{unsupported} when attached,
  /// and aborts when called from one of the Runtime's own threads (it would wait for itself).
  template <class T>
  T run(Task<T> task);

  /// Waits until everything that was dropped unfinished is cleaned up, for at most `deadline`; what misses it is left
  /// for `gc`. True where nothing is left.
  Task<bool> co_close(std::chrono::nanoseconds deadline);

  /// Runs `call` on a thread for heavy computations, never on one that does I/O, and rethrows what it throws. Cancelled
  /// before it has started, it never runs; once it has started, its end is waited for. Error{cancelled} either way.
  Task<> co_compute(std::function<void()> call);

  BufferPool& pool() noexcept;
  HelperThreads& helpers() noexcept;
  /// Shared by what may be dropped after the Runtime.
  const std::shared_ptr<Reaper>& reaper() noexcept;
  /// Background work that belongs to no caller: committers, clean-ups.
  TaskScope& scope() noexcept;
  Observer& observer() noexcept;
  const Clock& clock() const noexcept;

 private:
  void check_may_block() const;
  struct State;
  std::unique_ptr<State> state_;
};

template <class T>
T Runtime::run(Task<T> task) {
  check_may_block();
  // Shared: the waiting thread may be gone with its copy before the setter has returned.
  auto promise = std::make_shared<std::promise<T>>();
  std::future<T> answer = promise->get_future();
  if constexpr (std::is_void_v<T>) {
    boost::asio::co_spawn(executor(), std::move(task), [promise](std::exception_ptr error) {
      if (error)
        promise->set_exception(std::move(error));
      else
        promise->set_value();
    });
  } else {
    boost::asio::co_spawn(executor(), std::move(task), [promise](std::exception_ptr error, T value) {
      if (error)
        promise->set_exception(std::move(error));
      else
        promise->set_value(std::move(value));
    });
  }
  return answer.get();
}

}  // namespace coffer
