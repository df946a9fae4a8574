#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <system_error>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <coffer/async/runtime.hpp>
#include <coffer/async/with_deadline.hpp>
#include <coffer/base/error.hpp>

#include "async/helper_threads.hpp"
#include "async/loop_role.hpp"
#include "async/reaper.hpp"
#include "async/run_or_drop.hpp"
#include "async/task_scope.hpp"

namespace coffer {

namespace {

/// Enough to keep a disk busy where io_uring is forbidden, few enough not to matter where it is not: started on demand.
constexpr std::size_t most_helpers = 8;

std::size_t compute_threads_of(std::size_t wanted) {
  if (wanted > 0) return wanted;
  return std::max(std::thread::hardware_concurrency(), 1U);
}

struct Loop {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread;
};

}  // namespace

// Destroyed from the bottom up: loops before what their coroutines use.
struct Runtime::State {
  explicit State(const RuntimeConfig& config, std::size_t budget)
      : observer(config.observer_ ? config.observer_ : std::make_shared<Observer>()),
        clock(config.clock_ ? config.clock_ : std::make_shared<SystemClock>()),
        pool(budget),
        compute(compute_threads_of(config.compute_threads_)) {}

  void end_loops() {
    for (const auto& loop : loops) loop->context.stop();
    for (const auto& loop : loops) {
      if (loop->thread.joinable()) loop->thread.join();
    }
    loops.clear();
  }

  std::shared_ptr<Observer> observer;
  std::shared_ptr<const Clock> clock;
  BufferPool pool;
  HelperThreads compute;
  std::shared_ptr<HelperThreads> helpers = std::make_shared<HelperThreads>(most_helpers);
  std::shared_ptr<Reaper> reaper = std::make_shared<Reaper>(helpers);
  TaskScope scope;
  boost::asio::io_context* attached = nullptr;
  std::vector<std::unique_ptr<Loop>> loops;
  std::atomic<std::size_t> next = 0;
};

Runtime::Runtime(RuntimeConfig config) : state_(std::make_unique<State>(config, config.budget_)) {
  try {
    for (std::size_t i = 0; i < std::max<std::size_t>(config.threads_, 1); ++i) {
      auto& loop = *state_->loops.emplace_back(std::make_unique<Loop>());
      boost::asio::make_service<LoopRole>(loop.context);
      loop.thread = std::thread([&context = loop.context] { context.run(); });
    }
  } catch (const std::system_error& failed) {
    state_->end_loops();
    throw Error::from_code(failed.code(), "starting a thread of the Runtime");
  }
}

Runtime::Runtime(boost::asio::io_context& loop, RuntimeConfig config)
    : state_(std::make_unique<State>(config, config.budget_)) {
  state_->attached = &loop;
}

Runtime::~Runtime() {
  state_->end_loops();
  state_->compute.stop();
  state_->helpers->stop();
}

boost::asio::any_io_executor Runtime::executor() {
  if (state_->attached != nullptr) return state_->attached->get_executor();
  const std::size_t turn = state_->next.fetch_add(1, std::memory_order_relaxed);
  return state_->loops[turn % state_->loops.size()]->context.get_executor();
}

bool Runtime::attached() const noexcept { return state_->attached != nullptr; }

Task<bool> Runtime::co_close(std::chrono::nanoseconds deadline) {
  const auto begin = std::chrono::steady_clock::now();
  try {
    // First what is still running: its end gives the reaper more to do.
    co_await with_deadline(state_->scope.co_empty(), deadline);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::timed_out) throw;
    co_return false;
  }
  const auto spent = std::chrono::steady_clock::now() - begin;
  co_return co_await state_->reaper->co_drain(std::max(deadline - spent, std::chrono::nanoseconds(0)));
}

Task<> Runtime::co_compute(std::function<void()> call) { return co_run_or_drop(state_->compute, std::move(call)); }

BufferPool& Runtime::pool() noexcept { return state_->pool; }
HelperThreads& Runtime::helpers() noexcept { return *state_->helpers; }
const std::shared_ptr<Reaper>& Runtime::reaper() noexcept { return state_->reaper; }
TaskScope& Runtime::scope() noexcept { return state_->scope; }
Observer& Runtime::observer() noexcept { return *state_->observer; }
const Clock& Runtime::clock() const noexcept { return *state_->clock; }

void Runtime::check_may_block() const {
  if (state_->attached != nullptr) {
    throw Error(ErrorKind::unsupported, "an attached Runtime has no threads to run it on: spawn it on the io_context");
  }
  for (const auto& loop : state_->loops) {
    if (loop->thread.get_id() == std::this_thread::get_id()) {
      std::cerr << "coffer: Runtime::run was called from one of the Runtime's own threads and would wait for itself\n";
      std::abort();
    }
  }
}

}  // namespace coffer
