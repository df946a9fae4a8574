#include "async/task_group.hpp"

#include <exception>
#include <mutex>
#include <set>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "async/signal.hpp"

namespace coffer {

namespace asio = boost::asio;

namespace {

/// One task: how to cancel it. The signal is touched on the executor alone.
struct Member {
  asio::any_io_executor executor;
  asio::cancellation_signal cancel;
};

}  // namespace

struct TaskGroup::State {
  std::mutex mutex;
  std::set<std::shared_ptr<Member>> members;
  bool cancelled = false;
  Signal left;

  bool enter(const std::shared_ptr<Member>& member) {
    const std::lock_guard lock(mutex);
    if (cancelled) return false;
    members.insert(member);
    return true;
  }
  void leave(const std::shared_ptr<Member>& member) {
    {
      const std::lock_guard lock(mutex);
      members.erase(member);
    }
    left.notify_all();
  }
  bool empty() {
    const std::lock_guard lock(mutex);
    return members.empty();
  }
};

TaskGroup::TaskGroup() : state_(std::make_shared<State>()) {}
TaskGroup::~TaskGroup() { cancel_all(); }

void TaskGroup::spawn(const asio::any_io_executor& executor, Task<> task) {
  auto member = std::make_shared<Member>();
  member->executor = executor;
  if (!state_->enter(member)) return;
  asio::post(executor, [state = state_, member, task = std::move(task)]() mutable {
    auto leave = [state, member](const std::exception_ptr&) { state->leave(member); };
    asio::co_spawn(member->executor, std::move(task),
                   asio::bind_cancellation_slot(member->cancel.slot(), std::move(leave)));
  });
}

void TaskGroup::cancel_all() {
  const std::lock_guard lock(state_->mutex);
  if (std::exchange(state_->cancelled, true)) return;
  for (const auto& member : state_->members) {
    asio::post(member->executor, [member] { member->cancel.emit(asio::cancellation_type::terminal); });
  }
}

Task<> TaskGroup::co_empty() {
  const std::shared_ptr<State> state = state_;
  for (;;) {
    const std::uint64_t seen = state->left.epoch();
    if (state->empty()) co_return;
    co_await state->left.co_wait(seen);
  }
}

}  // namespace coffer
