#include "async/task_scope.hpp"

#include <exception>
#include <mutex>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "async/signal.hpp"

namespace coffer {

struct TaskScope::State {
  std::mutex mutex;
  std::size_t running = 0;
  Signal ended;

  /// Lives in the task's frame: also counts the task that is destroyed with its io_context.
  class Entry {
   public:
    explicit Entry(std::shared_ptr<State> state) : state_(std::move(state)) {
      const std::lock_guard lock(state_->mutex);
      ++state_->running;
    }
    Entry(Entry&& other) noexcept = default;
    Entry& operator=(Entry&&) = delete;
    ~Entry() {
      if (!state_) return;
      {
        const std::lock_guard lock(state_->mutex);
        --state_->running;
      }
      state_->ended.notify_all();
    }

   private:
    std::shared_ptr<State> state_;
  };

  static Task<> run(Entry entry, Task<> task) {
    const Entry held = std::move(entry);
    try {
      co_await std::move(task);
    } catch (...) {
      std::terminate();
    }
  }
};

TaskScope::TaskScope() : state_(std::make_shared<State>()) {}
TaskScope::~TaskScope() = default;

void TaskScope::spawn(const boost::asio::any_io_executor& executor, Task<> task) {
  boost::asio::co_spawn(executor, State::run(State::Entry(state_), std::move(task)), boost::asio::detached);
}

Task<> TaskScope::co_empty() {
  const std::shared_ptr<State> state = state_;
  for (;;) {
    const std::uint64_t seen = state->ended.epoch();
    {
      const std::lock_guard lock(state->mutex);
      if (state->running == 0) co_return;
    }
    co_await state->ended.co_wait(seen);
  }
}

}  // namespace coffer
