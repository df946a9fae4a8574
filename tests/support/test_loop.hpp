#pragma once

#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <coffer/async/runtime.hpp>

namespace coffer::test {

/// Where coroutines run: everything of Coffer's is tested on all of them.
enum class LoopKind : std::uint8_t { own_thread, two_own_threads, attached_to_one_thread, attached_to_three_threads };

inline std::string to_string(LoopKind kind) {
  switch (kind) {
    case LoopKind::own_thread:
      return "own_thread";
    case LoopKind::two_own_threads:
      return "two_own_threads";
    case LoopKind::attached_to_one_thread:
      return "attached_to_one_thread";
    case LoopKind::attached_to_three_threads:
      return "attached_to_three_threads";
  }
  return "";
}

inline constexpr LoopKind all_loop_kinds[] = {LoopKind::own_thread, LoopKind::two_own_threads,
                                              LoopKind::attached_to_one_thread, LoopKind::attached_to_three_threads};

/// A Runtime of one kind, with the threads that run it.
class TestLoop {
 public:
  explicit TestLoop(LoopKind kind, RuntimeConfig config = RuntimeConfig()) {
    const bool attached = kind == LoopKind::attached_to_one_thread || kind == LoopKind::attached_to_three_threads;
    if (!attached) {
      config.threads(kind == LoopKind::own_thread ? 1 : 2);
      runtime_.emplace(std::move(config));
      return;
    }
    context_ = std::make_unique<boost::asio::io_context>();
    work_.emplace(context_->get_executor());
    runtime_.emplace(*context_, std::move(config));
    for (int i = 0; i < (kind == LoopKind::attached_to_one_thread ? 1 : 3); ++i) {
      threads_.emplace_back([this] { context_->run(); });
    }
  }
  TestLoop(const TestLoop&) = delete;
  TestLoop& operator=(const TestLoop&) = delete;
  ~TestLoop() {
    if (context_) context_->stop();
    for (auto& thread : threads_) thread.join();
    work_.reset();
    context_.reset();  // With whatever is in flight, before the Runtime.
  }

  Runtime& runtime() { return *runtime_; }

  /// Runs it to its end and returns or throws what it does.
  template <class T>
  T run(Task<T> task) {
    if (!runtime_->attached()) return runtime_->run(std::move(task));
    auto promise = std::make_shared<std::promise<T>>();
    auto answer = promise->get_future();
    if constexpr (std::is_void_v<T>) {
      boost::asio::co_spawn(runtime_->executor(), std::move(task), [promise](std::exception_ptr error) {
        if (error) {
          promise->set_exception(std::move(error));
        } else {
          promise->set_value();
        }
      });
    } else {
      boost::asio::co_spawn(runtime_->executor(), std::move(task), [promise](std::exception_ptr error, T value) {
        if (error) {
          promise->set_exception(std::move(error));
        } else {
          promise->set_value(std::move(value));
        }
      });
    }
    return answer.get();
  }

 private:
  std::optional<Runtime> runtime_;
  std::unique_ptr<boost::asio::io_context> context_;
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
  std::vector<std::thread> threads_;
};

}  // namespace coffer::test
