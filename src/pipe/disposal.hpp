#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <coffer/pipe/runs.hpp>
#include <coffer/storage/storage.hpp>

#include "pipe/dispose_plan.hpp"
#include "pipe/run_journal.hpp"

namespace coffer {

/// Disposes of one run, in steps: it says so first, then looks who needs what, then removes. So whoever pins an object
/// sees the first, or is seen by the second.
class Disposal {
 public:
  /// Why it is called, as far as that may have changed by the time that the run is held.
  using Judgement = std::function<bool(const RunHistory&)>;

  /// The Storage outlives it. An empty judgement: whatever the run is.
  Disposal(Storage& storage, std::string run, Keep keep, Judgement judgement = {})
      : storage_(storage), run_(std::move(run)), keep_(keep), judgement_(std::move(judgement)) {}

  /// Takes the run and ends what is alive of it. False where there is no such run; Error{conflict} where it is not what
  /// it was judged to be.
  Task<bool> co_begin();
  /// What would go.
  Task<DisposePlan> co_decide();
  /// Removes it, and the journal unless another run needs an object.
  Task<DisposeReport> co_perform(DisposePlan plan);

  /// What would go of a run that nobody touches meanwhile; takes and changes nothing.
  Task<DisposeReport> co_preview();

 private:
  Storage& storage_;
  const std::string run_;
  const Keep keep_;
  const Judgement judgement_;
  std::shared_ptr<RunJournal> journal_;
  RunHistory history_;
};

/// The objects that bear the run's name.
Task<std::vector<ObjectInfo>> co_objects_of_run(Storage& storage, std::string run);

/// What is in the lists that stay, as far as they are there.
struct ElementsThatStay {
  std::set<std::string> uris;
  /// A list that nobody can read any more: its elements may be any.
  std::optional<DisposeReport::Left> unreadable;
};

// The history outlives each task.

Task<ElementsThatStay> co_elements_that_stay(Storage& storage, const RunHistory& history, Keep keep);

/// What of the run's objects goes, as pins and lists are now. All stays where a list cannot be read.
Task<DisposePlan> co_plan_dispose(Storage& storage, const RunHistory& history, Keep keep);

/// Removes it, and the folder of the run's objects where that is empty, whoever has left it so.
Task<> co_remove_planned(Storage& storage, std::string run, std::vector<ObjectInfo> objects);

}  // namespace coffer
