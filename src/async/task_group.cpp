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

  std::size_t size() {
    const std::lock_guard lock(mutex);
    return members.size();
  }
  bool is_cancelled() {
    const std::lock_guard lock(mutex);
    return cancelled;
  }

  /// Lives in the task's frame: a task that is destroyed with its io_context leaves too.
  class Place {
   public:
    Place(std::shared_ptr<State> state, std::shared_ptr<Member> member)
        : state_(std::move(state)), member_(std::move(member)) {}
    Place(Place&& other) noexcept = default;
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (!state_) return;
      {
        const std::lock_guard lock(state_->mutex);
        state_->members.erase(member_);
      }
      state_->left.notify_all();
    }

   private:
    std::shared_ptr<State> state_;
    std::shared_ptr<Member> member_;
  };

  static Task<> co_run(Place place, Task<> task) {
    const Place held = std::move(place);
    co_await std::move(task);
  }
};

TaskGroup::TaskGroup() : state_(std::make_shared<State>()) {}
TaskGroup::~TaskGroup() { cancel_all(); }

void TaskGroup::spawn(const asio::any_io_executor& executor, Task<> task) {
  auto member = std::make_shared<Member>();
  member->executor = executor;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->cancelled) return;
    state_->members.insert(member);
  }
  Task<> placed = State::co_run(State::Place(state_, member), std::move(task));
  asio::post(executor, [state = state_, member, placed = std::move(placed)]() mutable {
    // What this thread posts may come behind what another posts later: then its cancellation is over.
    if (state->is_cancelled()) return;
    // Holds the signal: co_spawn looks at its slot once more when the task has left.
    auto lose = [held = member](const std::exception_ptr&) {};
    asio::co_spawn(member->executor, std::move(placed),
                   asio::bind_cancellation_slot(member->cancel.slot(), std::move(lose)));
  });
}

void TaskGroup::cancel_all() {
  const std::lock_guard lock(state_->mutex);
  if (std::exchange(state_->cancelled, true)) return;
  for (const auto& member : state_->members) {
    asio::post(member->executor, [member] { member->cancel.emit(asio::cancellation_type::terminal); });
  }
}

std::size_t TaskGroup::size() const { return state_->size(); }

Task<> TaskGroup::co_empty() { return co_fewer_than(1); }

Task<> TaskGroup::co_fewer_than(std::size_t count) {
  const std::shared_ptr<State> state = state_;
  for (;;) {
    const std::uint64_t seen = state->left.epoch();
    if (state->size() < count) co_return;
    co_await state->left.co_wait(seen);
  }
}

}  // namespace coffer
