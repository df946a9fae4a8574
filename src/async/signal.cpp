#include "async/signal.hpp"

#include <mutex>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <coffer/base/error.hpp>

namespace coffer {

namespace asio = boost::asio;

namespace {

/// A suspended coroutine: its handler, until exactly one of notification, cancellation and the end of its io_context
/// takes it.
class Waiter {
 public:
  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  virtual ~Waiter() = default;
  /// Resumes the coroutine by a post to its executor.
  virtual void resume(bool cancelled) = 0;
  /// Destroys the coroutine where it stands.
  virtual void drop() noexcept = 0;
};

/// The waiters of one io_context. Outlives the context, so that a late notification from a helper thread finds it
/// closed instead of finding freed memory.
class Registry {
 public:
  void add(const std::shared_ptr<Waiter>& waiter) {
    const std::lock_guard lock(mutex_);
    waiters_.insert(waiter);
  }

  /// The post happens under the lock: the context cannot go in between.
  void resume(const std::shared_ptr<Waiter>& waiter, bool cancelled) {
    const std::lock_guard lock(mutex_);
    if (waiters_.erase(waiter) == 1) waiter->resume(cancelled);
  }

  void drop_all() noexcept {
    std::unordered_set<std::shared_ptr<Waiter>> left;
    {
      const std::lock_guard lock(mutex_);
      left.swap(waiters_);
    }
    for (const auto& waiter : left) waiter->drop();
  }

 private:
  std::mutex mutex_;
  std::unordered_set<std::shared_ptr<Waiter>> waiters_;
};

class ParkingService : public asio::execution_context::service {
 public:
  using key_type = ParkingService;
  static asio::execution_context::id id;
  explicit ParkingService(asio::execution_context& context) : service(context) {}
  const std::shared_ptr<Registry>& registry() const noexcept { return registry_; }

 private:
  void shutdown() override { registry_->drop_all(); }
  std::shared_ptr<Registry> registry_ = std::make_shared<Registry>();
};

asio::execution_context::id ParkingService::id;

template <class Handler>
class WaiterOf final : public Waiter {
 public:
  WaiterOf(Handler handler, const asio::any_io_executor& executor)
      : handler_(std::move(handler)), work_(std::in_place, executor) {}

  /// The post takes the coroutine along: where the context goes first it is destroyed there, not wherever the last
  /// reference to this is dropped.
  void resume(bool cancelled) override {
    Handler handler = std::move(*handler_);
    handler_.reset();
    auto work = std::move(*work_);
    work_.reset();
    const asio::any_io_executor executor = work.get_executor();
    asio::post(executor, [handler = std::move(handler), work = std::move(work), cancelled]() mutable {
      auto slot = asio::get_associated_cancellation_slot(handler);
      if (slot.is_connected()) slot.clear();
      std::move(handler)(cancelled);
    });
  }

  void drop() noexcept override {
    const std::optional<Handler> handler = std::exchange(handler_, std::nullopt);
    work_.reset();
  }

 private:
  std::optional<Handler> handler_;
  std::optional<asio::executor_work_guard<asio::any_io_executor>> work_;
};

struct Parked {
  std::shared_ptr<Waiter> waiter;
  std::shared_ptr<Registry> registry;
};

}  // namespace

struct Signal::State : std::enable_shared_from_this<Signal::State> {
  std::mutex mutex;
  std::uint64_t epoch = 0;
  std::vector<Parked> parked;

  /// False where a notification came since `seen`: the waiter was not kept.
  bool park(Parked entry, std::uint64_t seen) {
    const std::lock_guard lock(mutex);
    if (epoch != seen) return false;
    parked.push_back(std::move(entry));
    return true;
  }

  void forget(const Waiter* waiter) {
    const std::lock_guard lock(mutex);
    std::erase_if(parked, [waiter](const Parked& entry) { return entry.waiter.get() == waiter; });
  }

  auto wait(std::uint64_t seen, bool cancellable) {
    return asio::async_initiate<const asio::deferred_t&, void(bool)>(
        [](auto handler, std::shared_ptr<State> state, std::uint64_t since, bool may_cancel) {
          using Handler = decltype(handler);
          const asio::any_io_executor executor = asio::get_associated_executor(handler);
          auto slot = asio::get_associated_cancellation_slot(handler);
          auto& service = asio::use_service<ParkingService>(asio::query(executor, asio::execution::context));
          auto waiter = std::make_shared<WaiterOf<Handler>>(std::move(handler), executor);
          const std::shared_ptr<Registry> registry = service.registry();
          if (may_cancel && slot.is_connected()) {
            slot.assign([state = std::weak_ptr(state), waiter = std::weak_ptr<Waiter>(waiter),
                         registry](asio::cancellation_type type) {
              if ((type & asio::cancellation_type::terminal) == asio::cancellation_type::none) return;
              const auto alive = waiter.lock();
              if (!alive) return;
              if (const auto signal = state.lock()) signal->forget(alive.get());
              registry->resume(alive, true);
            });
          }
          registry->add(waiter);
          if (!state->park(Parked{waiter, registry}, since)) registry->resume(waiter, false);
        },
        asio::deferred, shared_from_this(), seen, cancellable);
  }
};

Signal::Signal() : state_(std::make_shared<State>()) {}
Signal::~Signal() { notify_all(); }

std::uint64_t Signal::epoch() const noexcept {
  const std::lock_guard lock(state_->mutex);
  return state_->epoch;
}

Task<> Signal::co_wait(std::uint64_t seen) {
  const std::shared_ptr<State> state = state_;
  const bool cancelled = co_await state->wait(seen, true);
  if (cancelled) throw Error(ErrorKind::cancelled, "cancelled while waiting");
}

Task<> Signal::co_wait_shielded(std::uint64_t seen) {
  const std::shared_ptr<State> state = state_;
  co_await state->wait(seen, false);
}

void Signal::notify_all() noexcept {
  std::vector<Parked> woken;
  {
    const std::lock_guard lock(state_->mutex);
    ++state_->epoch;
    woken.swap(state_->parked);
  }
  for (const Parked& entry : woken) entry.registry->resume(entry.waiter, false);
}

}  // namespace coffer
