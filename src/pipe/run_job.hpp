#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <coffer/async/task.hpp>
#include <coffer/base/error.hpp>

#include "pipe/output_sink.hpp"
#include "pipe/pipe_scope.hpp"
#include "pipe/run_context.hpp"
#include "pipe/run_tally.hpp"

namespace coffer {

/// What is to be written down of what a run has committed.
RunObject run_object(const RunData& data);

/// What an earlier run has made; copied to where this one is to have it, where that is somewhere else.
Task<RunObject> co_at_its_place(RunContext& run, RunObject object);

/// What is to be written down of what a pipe has read. It is committed.
UsedInput used_input(const RunData& data);

/// One thing that a run does: a pipe, or an input that is stored. Runs on one executor, one thing at a time.
class RunJob {
 public:
  /// `run` outlives it.
  RunJob(RunContext& run, std::shared_ptr<RunTally> tally) : run_(run), tally_(std::move(tally)) {}
  RunJob(const RunJob&) = delete;
  RunJob& operator=(const RunJob&) = delete;
  virtual ~RunJob() = default;

  const std::shared_ptr<RunTally>& tally() const noexcept { return tally_; }

  /// All of it. Sinks that are not committed belong to the job and not to the task, so that the run knows of a failure
  /// before those who read what they write.
  virtual Task<> co_work() = 0;
  /// Writes down that it was done, where the run has a journal: after co_work has ended well, and shielded from
  /// cancellation. What it read is written down before, so that no pipe counts as finished whose input has to be made
  /// again.
  virtual Task<> co_record(RunJournal& journal) = 0;
  /// That will not be done: what waits for it goes on.
  virtual void give_up_record() = 0;
  /// Ends and removes what was needed for the work. After co_work has ended, however it did, and shielded from
  /// cancellation.
  virtual Task<> co_tidy();
  /// What failed it as an Error{pipe_failed} that names it; Error{cancelled} where it was cancelled.
  virtual Error failure(Error cause) const = 0;
  /// Whether something that it reads has failed before.
  virtual bool follows_another() const { return false; }

 protected:
  RunContext& run() const noexcept { return run_; }

  /// Null where nobody wants to know.
  ActivityClock* activity() const noexcept {
    return run_.news.is_heard() || run_.reads_ahead ? &tally_->activity : nullptr;
  }
  /// A sink that others read while it is written to, of the name at this position of the plan.
  Task<std::shared_ptr<OutputSink>> co_open_output(std::size_t position);

 private:
  RunContext& run_;
  const std::shared_ptr<RunTally> tally_;
};

/// A job that is a pipe, or one element of a batch.
class PipeJob : public RunJob {
 public:
  PipeJob(RunContext& run, PipeScope scope);
  Error failure(Error cause) const override;
  bool follows_another() const override;
  Task<> co_record(RunJournal& journal) override;
  void give_up_record() override;
  const PipeScope& scope() const noexcept { return scope_; }

 protected:
  using Input = PipeScope::Input;
  using Output = PipeScope::Output;

  const PipeSpec& spec() const noexcept { return spec_; }
  const std::vector<Input>& inputs() const noexcept { return scope_.inputs(); }
  const std::vector<Output>& outputs() const noexcept { return scope_.outputs(); }
  WorkGauge& gauge() noexcept { return gauge_; }
  /// Null also for one element of a batch: the batch tells of all.
  ActivityClock* activity() const noexcept { return scope_.element() ? nullptr : RunJob::activity(); }
  /// "the pipe 'read' failed at frames[3]".
  std::string failed_words() const;

  Task<std::shared_ptr<OutputSink>> co_open_output(const Output& output);
  /// Others may read what is written to it from now on.
  void went_live(const Output& output);
  /// Returns when all that it reads is committed: a pipe has not finished before.
  Task<> co_inputs_committed();

 private:
  const PipeScope scope_;
  const PipeSpec& spec_;
  WorkGauge gauge_;
};

/// Runs it once.
std::unique_ptr<PipeJob> make_attempt(RunContext& run, PipeScope scope);
/// Runs it as often and as long as its spec says.
std::unique_ptr<PipeJob> make_attempts(RunContext& run, PipeScope scope);
std::unique_ptr<PipeJob> make_command_pipe(RunContext& run, PipeScope scope);
std::unique_ptr<PipeJob> make_coroutine_pipe(RunContext& run, PipeScope scope);
/// Runs the pipe once for each element of its list.
std::unique_ptr<RunJob> make_batch_pipe(RunContext& run, std::size_t pipe);
/// Takes what the pipe writes from an earlier run, where it is the same by then, or does `job`.
std::unique_ptr<RunJob> make_reuse_pipe(RunContext& run, std::size_t pipe, std::unique_ptr<RunJob> job);
/// Whichever of these the pipe is.
std::unique_ptr<RunJob> make_pipe(RunContext& run, std::size_t pipe);
/// Stores what `source` gives as the name at position `data` of the plan.
std::unique_ptr<RunJob> make_ingest(RunContext& run, std::shared_ptr<RunTally> tally, std::size_t data,
                                    SourcePtr source);

}  // namespace coffer
