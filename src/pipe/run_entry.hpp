#pragma once

#include <memory>
#include <string>

#include <coffer/storage/storage.hpp>

#include "pipe/resume_plan.hpp"
#include "pipe/reuse_plan.hpp"
#include "pipe/run_history.hpp"
#include "pipe/run_journal.hpp"

namespace coffer {

/// A run that has an id, held by this process.
struct RunEntry {
  std::shared_ptr<RunJournal> journal;
  /// Empty for a new run.
  RunHistory history;
  ResumePlan resume;
  /// Empty where nothing is to be taken from earlier runs. What is taken is in `resume`, too.
  ReusePlan reuse;
};

/// Takes the run, new or not. Error{unsupported}, Error{conflict}, Error{corrupt}; Error{already_exists} where objects
/// of somebody else have the names of a new run.
Task<RunEntry> co_enter_run(Storage& storage, std::string run, bool only_resumes);

/// Nothing had begun: as if the run had never been entered. Deaf to errors.
Task<> co_leave_unbegun(RunEntry& entry);

/// Reads a run's journal, as replay_journal() does. Nobody has written to it, so that it has no holders, where there is
/// no such run.
Task<Result<RunHistory>> co_read_history(Storage& storage, std::string run);

/// The journals; Error{unsupported} where the store keeps none.
JournalStore& journals_of(const Storage& storage);

/// Begins the names of the run's objects.
std::string prefix_of_run(const std::string& run);

/// Begins the name of the folder that a run's commands work in.
std::string work_folder_begin(const std::string& run);

/// Ends what is alive of the run's killed attempts and removes the folders they worked in. How many processes.
Task<std::size_t> co_end_survivors(Runtime& runtime, const RunHistory& history, const RunHolder& here);

}  // namespace coffer
