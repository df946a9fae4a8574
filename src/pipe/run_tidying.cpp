#include "pipe/run_tidying.hpp"

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <coffer/base/object_name.hpp>

#include "pipe/disposal.hpp"
#include "pipe/run_entry.hpp"
#include "pipe/run_pins.hpp"

namespace coffer {
namespace {

/// What goes of a run that nobody disposes of. An object whose name somebody has chosen is theirs, and what the run has
/// read where it lay stays there.
Task<DisposePlan> co_plan_tidying(Storage& storage, const RunHistory& history) {
  DisposePlan plan = co_await co_plan_dispose(storage, history, history.begun->keep);
  const std::size_t prefix = storage.uri_of(prefix_of_run(history.run)).text().size();
  std::set<std::string> read;
  for (const GivenInput& input : history.begun->inputs) {
    if (!input.is_ingested) read.insert(input.uri);
  }
  std::erase_if(plan.remove, [&](const ObjectInfo& object) {
    const std::string uri = object.uri.text();
    return read.contains(uri) || !is_object_name(std::string_view(uri).substr(prefix));
  });
  co_return std::move(plan);
}

}  // namespace

bool is_untidy(const RunHistory& history) {
  return history.begun && history.completed && !history.is_tidied && !history.disposing;
}

Task<std::size_t> co_tidy(Storage& storage, std::shared_ptr<RunJournal> journal, RunHistory history) {
  const Keep keep = history.begun->keep;
  DisposePlan plan = co_await co_plan_tidying(storage, history);
  const std::size_t count = plan.remove.size();
  co_await co_remove_planned(storage, history.run, std::move(plan.remove));
  std::set<std::string> needed = names_still_needed(storage, history);
  co_await storage.journals()->co_unpin_all(history.run, std::move(needed));
  // What another run reads goes the next time.
  const bool is_done = !plan.is_pinned || keep == Keep::everything;
  if (plan.left.empty() && keep == Keep::nothing) {
    co_await journal->claim().co_remove();
  } else if (is_done) {
    co_await journal->co_begin(history);
    JournalRecord record = RunTidied{journal->now()};
    co_await journal->co_write(std::move(record));
  }
  co_return count;
}

Task<std::size_t> co_count_untidy(Storage& storage, RunHistory history) {
  const DisposePlan plan = co_await co_plan_tidying(storage, history);
  co_return plan.remove.size();
}

}  // namespace coffer
