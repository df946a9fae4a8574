#include "pipe/run_ahead.hpp"

#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "pipe/prefetch_plan.hpp"

namespace coffer {
namespace {

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
  }
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
  for (;;) {
    const std::uint64_t seen = run->board->changed().epoch();
    const RunState state = run->board->state();
    look_for_objects(*run, state, items);
    const std::optional<std::size_t> next = next_prefetch(run->plan, state, items);
    if (!next) {
      co_await run->board->changed().co_wait(seen);
      continue;
    }
    items[*next].is_taken = true;
    const Prefetched done = co_await co_try_prefetch(run->storage, run->data[*next]->uri());
    run->bytes_ahead += done.in_memory + done.on_disk;
  }
}

}  // namespace coffer
