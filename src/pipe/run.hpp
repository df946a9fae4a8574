#pragma once

#include <memory>
#include <vector>

#include <coffer/async/task.hpp>
#include <coffer/pipe/executor.hpp>

#include "pipe/run_context.hpp"
#include "pipe/run_setup.hpp"

namespace coffer {

/// One run: starts its jobs when they may start, and ends them all.
class Run {
 public:
  Run(RunSetup::Ready ready, bool overlap)
      : run_(std::move(ready.run)), ingests_(std::move(ready.ingests)), overlap_(overlap) {}

  /// Once. Throws why it failed, when all has ended.
  Task<RunResult> co_run();

 private:
  void warn(RunResult& result) const;
  Task<> co_until_over();
  void start_ingests();
  void do_steps(const RunSteps& steps);
  Task<> co_end();
  void fill(RunResult& result) const;

  const std::shared_ptr<RunContext> run_;
  std::vector<RunSetup::Ingested> ingests_;
  const bool overlap_;
};

}  // namespace coffer
