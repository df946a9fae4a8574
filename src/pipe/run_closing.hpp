#pragma once

#include <exception>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <coffer/pipe/executor.hpp>

#include "pipe/run_context.hpp"
#include "pipe/run_entry.hpp"

namespace coffer {

/// What a run does when its last pipe has ended.
class RunClosing {
 public:
  /// All outlive it. `entry` is null for a run without an id.
  RunClosing(RunContext& run, const RunOptions& options, RunEntry* entry)
      : run_(run), options_(options), entry_(entry) {}

  /// Hands out what the run made, writes down that it has ended well, and removes what is not kept.
  Task<> co_succeed(const RunResult& result);
  /// Writes down why it did not. Deaf to cancellation and to errors.
  Task<> co_fail(std::exception_ptr thrown);

 private:
  Task<> co_remove_what_is_not_kept();
  Task<> co_remove_work_folder();
  Task<> co_remove_elements(const RunList& list);
  Task<> co_remove_object(std::string name, Stored stored);
  bool keeps(std::size_t data) const;
  bool is_of_another_run(std::size_t data) const;
  std::set<std::string> still_needed() const;
  Task<> co_record_tidied();

  RunContext& run_;
  const RunOptions& options_;
  RunEntry* const entry_;
  std::vector<HeldPin> pins_;  // Of others, who read what it made.
  bool is_tidy_ = true;        // Nothing is left that goes.
};

/// The result of a run that had ended well before, if it can be had: then what was interrupted of its end is done
/// again. Error{not_found} where one of its outputs is not there any more.
Task<RunResult> co_result_of_finished(Storage& storage, RunEntry entry);

}  // namespace coffer
