#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "async/signal.hpp"

namespace coffer {

/// A few threads for calls that block, started when first needed. Thread-safe. After `stop`, and where the system gives
/// not one thread (a limit of processes), jobs run on the caller's thread.
class HelperThreads {
 public:
  explicit HelperThreads(std::size_t most);
  HelperThreads(const HelperThreads&) = delete;
  HelperThreads& operator=(const HelperThreads&) = delete;
  ~HelperThreads();

  /// Runs it soon on some helper thread. It owns what it uses and does not throw.
  void post(std::function<void()> job);
  /// Finishes what was posted and joins. Not from a helper thread.
  void stop();

  /// Runs `call` on a helper thread and resumes the caller on its own executor. Deaf to cancellation; rethrows.
  template <class Call>
  Task<std::invoke_result_t<Call&>> co_run(Call call);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

template <class Call>
Task<std::invoke_result_t<Call&>> HelperThreads::co_run(Call call) {
  using Value = std::invoke_result_t<Call&>;
  struct Answer {
    explicit Answer(Call c) : call(std::move(c)) {}
    Call call;
    std::exception_ptr error;
    std::optional<std::conditional_t<std::is_void_v<Value>, bool, Value>> value;
    Signal signal;
  };
  auto answer = std::make_shared<Answer>(std::move(call));
  const std::uint64_t seen = answer->signal.epoch();
  std::function<void()> job = [answer] {
    try {
      if constexpr (std::is_void_v<Value>)
        answer->call();
      else
        answer->value.emplace(answer->call());
    } catch (...) {
      answer->error = std::current_exception();
    }
    answer->signal.notify_all();
  };
  post(std::move(job));
  co_await answer->signal.co_wait_shielded(seen);
  if (answer->error) std::rethrow_exception(answer->error);
  if constexpr (!std::is_void_v<Value>) co_return std::move(*answer->value);
}

}  // namespace coffer
