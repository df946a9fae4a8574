#include "pipe/run_ahead.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "pipe/prefetch_plan.hpp"

namespace coffer {
namespace {

/// While a pipe is held up: a fraction of what a person notices, and of what reading ahead a larger object takes.
constexpr std::chrono::milliseconds between_looks{50};
/// A look goes over the whole run: so many times what it took passes before the next, however much changes.
constexpr int rest_after_look = 10;

/// Adds what is there by now, and what was opened. Of what is not being written yet another job may put something else
/// in its place: nobody looks at that.
void look_for_objects(const RunContext& run, const RunState& state, std::vector<PrefetchItem>& items) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (state.data[i] != DataState::live && state.data[i] != DataState::committed) continue;
    items[i].is_opened = run.data[i]->was_opened();
    if (items[i].limit > 0 || items[i].is_taken || run.plan.data()[i].is_list || run.data[i]->is_inline()) continue;
    const std::optional<Stored> stored = run.data[i]->stored();
    if (!stored) continue;
    items[i].bytes = stored->size;
    items[i].limit = run.storage.prefetch_limit(run.data[i]->uri());
    items[i].is_file = run.data[i]->local_path().has_value();
  }
}

/// The pipes that run and have all that they read complete: those among them that wait for it wait for storage.
class Loads {
 public:
  explicit Loads(const RunContext& run) : run_(run), seen_(run.pipe_tallies.size()) {}

  /// Whether one of them was held up since the last call.
  bool any_held_up(const RunState& state) {
    bool found = false;
    for (std::size_t pipe = 0; pipe < seen_.size(); ++pipe) {
      if (state.pipes[pipe] != PipeState::running || !run_.plan.inputs_committed(state, pipe)) continue;
      const PipeTimes now = run_.pipe_tallies[pipe]->activity.times();
      found = is_held_up(seen_[pipe], now) || found;
      seen_[pipe] = now;
    }
    return found;
  }

 private:
  const RunContext& run_;
  std::vector<PipeTimes> seen_;
};

Task<> co_pause(std::chrono::nanoseconds time) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
  co_await timer.async_wait(boost::asio::deferred);
}

/// Once the run has ended, nothing that it read ahead holds memory.
class TakenObjects {
 public:
  explicit TakenObjects(RunContext& run) : run_(run), items_(run.plan.data().size()) {}
  TakenObjects(const TakenObjects&) = delete;
  TakenObjects& operator=(const TakenObjects&) = delete;
  ~TakenObjects() {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (items_[i].is_taken) run_.storage.drop_prefetched(run_.data[i]->uri());
    }
  }
  std::vector<PrefetchItem>& items() noexcept { return items_; }

 private:
  RunContext& run_;
  std::vector<PrefetchItem> items_;
};

Task<Prefetched> co_try_prefetch(Storage& storage, Uri uri) {
  Prefetched done;
  std::exception_ptr failed;
  try {
    done = co_await storage.co_prefetch(std::move(uri));
  } catch (...) {
    failed = std::current_exception();
  }
  if (failed && to_error(failed).kind() == ErrorKind::cancelled) std::rethrow_exception(failed);
  co_return done;
}

}  // namespace

bool can_read_ahead(const RunPlan& plan) {
  const std::size_t pipes = plan.initial().pipes.size();
  for (std::size_t pipe = 0; pipe < pipes; ++pipe) {
    if (may_wait_for_another(plan, pipe)) return true;
  }
  return false;
}

Task<> co_read_ahead(std::shared_ptr<RunContext> run) {
  TakenObjects taken(*run);
  std::vector<PrefetchItem>& items = taken.items();
  Loads loads(*run);
  for (;;) {
    const std::uint64_t seen = run->board->changed().epoch();
    const std::chrono::nanoseconds began = run->news.now();
    const RunState state = run->board->state();
    look_for_objects(*run, state, items);
    const std::optional<std::size_t> next = next_prefetch(run->plan, state, items);
    if (!next) {
      const std::chrono::nanoseconds took = run->news.now() - began;
      co_await run->board->changed().co_wait(seen);
      co_await co_pause(std::min<std::chrono::nanoseconds>(rest_after_look * took, between_looks));
      continue;
    }
    // It would share the line with one that cannot go on without its input, for one that does not need it yet.
    if (loads.any_held_up(state)) {
      co_await co_pause(between_looks);
      continue;
    }
    items[*next].is_taken = true;
    const Prefetched done = co_await co_try_prefetch(run->storage, run->data[*next]->uri());
    run->bytes_ahead += done.in_memory + done.on_disk;
  }
}

}  // namespace coffer
