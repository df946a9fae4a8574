#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <coffer/base/error.hpp>

#include "async/signal.hpp"
#include "pipe/run_plan.hpp"

namespace coffer {

/// What is to be done next in a run; positions of pipes, each in order.
struct RunSteps {
  struct Skip {
    std::size_t pipe = 0;
    std::size_t absent = 0;  ///< Position in RunPlan::data().
  };
  std::vector<Skip> skip;
  std::vector<std::size_t> decide;
  std::vector<std::size_t> start;
};

/// Where a run stands: what is written, which pipes run, what failed first. Jobs tell it, the run's coordinator looks.
/// Thread-safe.
class RunBoard {
 public:
  /// `plan` outlives it. `committed` are the data that are there before the run, `finished` the pipes that need not be
  /// run, `skipped` those that cannot be, and why.
  RunBoard(const RunPlan& plan, const std::vector<std::size_t>& committed, std::size_t ingests,
           const std::set<std::size_t>& finished = {}, const std::map<std::size_t, std::string>& skipped = {});

  /// What can be done about pipes by now, each given once: from here on those to start and to skip count as running,
  /// and conditions to decide as being looked at.
  RunSteps take_steps(bool overlap);
  void condition_holds(std::size_t pipe);
  void pipe_skipped(std::size_t pipe, std::string why);
  /// Whether the name is left out.
  bool is_left_out(std::size_t data) const;
  /// Pipes that were skipped, and why.
  std::map<std::size_t, std::string> skipped() const;
  void went_live(std::size_t data);
  void committed(std::size_t data);
  void pipe_ended(std::size_t pipe, bool failed);
  void ingest_ended();
  /// Nothing that waits starts any more. `follows` from the failure of another job: that one's error counts for more,
  /// whichever comes first.
  void failed(Error error, bool follows);
  /// The whole run was cancelled: this counts for more than any failure.
  void cancelled();

  RunState state() const;
  /// Whether nothing is left to be started: all has ended well, or the run is stopping.
  bool is_over() const;
  /// Whether it failed or was cancelled.
  bool is_stopping() const;
  /// Why the run failed; nothing where it did not.
  std::optional<Error> failure() const;
  /// Notified of every change.
  Signal& changed() noexcept { return changed_; }

 private:
  // Under the lock.
  void set(std::size_t data, DataState to);
  void skip(std::size_t pipe);
  void stop();
  bool stopping() const noexcept { return cancelled_ || first_ || first_that_follows_; }

  const RunPlan& plan_;
  mutable std::mutex mutex_;
  RunState state_;
  // For which something has changed since the last steps were taken. A run of n pipes costs n, not n * n.
  std::vector<std::size_t> touched_;
  std::size_t to_end_ = 0;  // Pipes that wait or run.
  std::map<std::size_t, std::string> skipped_;
  std::size_t ingests_;
  std::optional<Error> first_;
  std::optional<Error> first_that_follows_;
  bool cancelled_ = false;
  Signal changed_;
};

}  // namespace coffer
