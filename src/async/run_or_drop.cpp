#include "async/run_or_drop.hpp"

#include <exception>
#include <memory>
#include <mutex>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include "async/helper_threads.hpp"
#include "async/signal.hpp"

namespace coffer {

namespace asio = boost::asio;

namespace {

class DroppableCall {
 public:
  explicit DroppableCall(std::function<void()> call) : call_(std::move(call)) {}

  void run() {
    std::function<void()> call;
    {
      const std::lock_guard lock(mutex_);
      call = std::move(call_);
      call_ = nullptr;
    }
    if (!call) return;
    std::exception_ptr error;
    try {
      call();
    } catch (...) {
      error = std::current_exception();
    }
    call = nullptr;  // What it owns is gone before its caller goes on.
    {
      const std::lock_guard lock(mutex_);
      error_ = std::move(error);
    }
    ended_.notify_all();
  }

  /// False where it has started.
  bool drop() {
    const std::lock_guard lock(mutex_);
    const bool waits = call_ != nullptr;
    call_ = nullptr;
    return waits;
  }

  std::exception_ptr error() const {
    const std::lock_guard lock(mutex_);
    return error_;
  }
  Signal& ended() noexcept { return ended_; }

 private:
  mutable std::mutex mutex_;
  std::function<void()> call_;
  std::exception_ptr error_;
  Signal ended_;
};

}  // namespace

Task<> co_run_or_drop(HelperThreads& threads, std::function<void()> call) {
  const auto droppable = std::make_shared<DroppableCall>(std::move(call));
  const std::uint64_t seen = droppable->ended().epoch();
  threads.post([droppable] { droppable->run(); });
  std::exception_ptr cancelled;
  try {
    co_await droppable->ended().co_wait(seen);
  } catch (...) {
    cancelled = std::current_exception();  // Handled below: nothing can be awaited here.
  }
  if (cancelled && !droppable->drop()) {
    // Before the next await, which else would throw at once.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await droppable->ended().co_wait_shielded(seen);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  }
  if (cancelled) std::rethrow_exception(cancelled);
  if (const std::exception_ptr error = droppable->error()) std::rethrow_exception(error);
}

}  // namespace coffer
