#pragma once

#include <memory>
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
  /// The Storage outlives it.
  Disposal(Storage& storage, std::string run, Keep keep) : storage_(storage), run_(std::move(run)), keep_(keep) {}

  /// Takes the run and ends what is alive of it. False where there is no such run.
  Task<bool> co_begin();
  /// What would go.
  Task<DisposePlan> co_decide();
  /// Removes it, and the journal unless another run needs an object.
  Task<DisposeReport> co_perform(DisposePlan plan);

  /// What would go of a run that nobody touches meanwhile; takes and changes nothing.
  Task<DisposeReport> co_preview();

 private:
  Task<std::vector<ObjectInfo>> co_objects();
  Task<std::set<std::string>> co_elements_that_stay();

  Storage& storage_;
  const std::string run_;
  const Keep keep_;
  std::shared_ptr<RunJournal> journal_;
  RunHistory history_;
};

/// The objects that bear the run's name.
Task<std::vector<ObjectInfo>> co_objects_of_run(Storage& storage, std::string run);

}  // namespace coffer
