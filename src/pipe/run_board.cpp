#include "pipe/run_board.hpp"

#include <algorithm>
#include <utility>

namespace coffer {

RunBoard::RunBoard(const RunPlan& plan, const std::vector<std::size_t>& committed, std::size_t ingests,
                   const std::set<std::size_t>& finished, const std::map<std::size_t, std::string>& skipped)
    : plan_(plan), state_(plan.initial()), skipped_(skipped), ingests_(ingests) {
  for (const std::size_t data : committed) state_.data[data] = DataState::committed;
  for (const std::size_t pipe : finished) state_.pipes[pipe] = PipeState::finished;
  for (const auto& [pipe, why] : skipped) plan_.skip(state_, pipe);
  for (std::size_t pipe = 0; pipe < state_.pipes.size(); ++pipe) {
    if (state_.pipes[pipe] == PipeState::waiting) touched_.push_back(pipe);
  }
  to_end_ = touched_.size();
}

RunSteps RunBoard::take_steps(bool overlap) {
  const std::lock_guard lock(mutex_);
  std::ranges::sort(touched_);
  touched_.erase(std::ranges::unique(touched_).begin(), touched_.end());
  RunSteps steps;
  for (const std::size_t pipe : touched_) {
    const PipeStep step = plan_.next_step(state_, pipe, overlap);
    switch (step.kind) {
      case PipeStep::Kind::none:
        break;
      case PipeStep::Kind::decide:
        state_.conditions[pipe] = ConditionState::looked_at;
        steps.decide.push_back(pipe);
        break;
      case PipeStep::Kind::start:
        state_.pipes[pipe] = PipeState::running;
        steps.start.push_back(pipe);
        break;
      case PipeStep::Kind::skip:
        state_.pipes[pipe] = PipeState::running;
        steps.skip.push_back({pipe, step.absent});
        break;
    }
  }
  touched_.clear();
  return steps;
}

void RunBoard::condition_holds(std::size_t pipe) {
  {
    const std::lock_guard lock(mutex_);
    state_.conditions[pipe] = ConditionState::holds;
    touched_.push_back(pipe);
  }
  changed_.notify_all();
}

void RunBoard::pipe_skipped(std::size_t pipe, std::string why) {
  {
    const std::lock_guard lock(mutex_);
    skip(pipe);
    skipped_.emplace(pipe, std::move(why));
  }
  changed_.notify_all();
}

bool RunBoard::is_left_out(std::size_t data) const {
  const std::lock_guard lock(mutex_);
  return state_.data[data] == DataState::left_out;
}

std::map<std::size_t, std::string> RunBoard::skipped() const {
  const std::lock_guard lock(mutex_);
  return skipped_;
}

void RunBoard::went_live(std::size_t data) {
  {
    const std::lock_guard lock(mutex_);
    if (state_.data[data] == DataState::absent) set(data, DataState::live);
  }
  changed_.notify_all();
}

void RunBoard::committed(std::size_t data) {
  {
    const std::lock_guard lock(mutex_);
    set(data, DataState::committed);
  }
  changed_.notify_all();
}

void RunBoard::pipe_ended(std::size_t pipe, bool failed) {
  {
    const std::lock_guard lock(mutex_);
    state_.pipes[pipe] = failed ? PipeState::failed : PipeState::finished;
    --to_end_;
  }
  changed_.notify_all();
}

void RunBoard::ingest_ended() {
  {
    const std::lock_guard lock(mutex_);
    --ingests_;
  }
  changed_.notify_all();
}

void RunBoard::failed(Error error, bool follows) {
  {
    const std::lock_guard lock(mutex_);
    std::optional<Error>& place = follows ? first_that_follows_ : first_;
    if (!place) place = std::move(error);
    stop();
  }
  changed_.notify_all();
}

void RunBoard::cancelled() {
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    stop();
  }
  changed_.notify_all();
}

void RunBoard::set(std::size_t data, DataState to) {
  state_.data[data] = to;
  const std::vector<std::size_t>& readers = plan_.data()[data].readers;
  touched_.insert(touched_.end(), readers.begin(), readers.end());
}

void RunBoard::skip(std::size_t pipe) {
  plan_.skip(state_, pipe);
  --to_end_;
  for (const std::size_t output : plan_.outputs(pipe)) {
    const std::vector<std::size_t>& readers = plan_.data()[output].readers;
    touched_.insert(touched_.end(), readers.begin(), readers.end());
  }
}

void RunBoard::stop() {
  const FailurePlan plan = RunPlan::after_failure(state_);
  for (const std::size_t pipe : plan.never_run) state_.pipes[pipe] = PipeState::failed;
  for (const std::size_t data : plan.fail) state_.data[data] = DataState::failed;
}

RunState RunBoard::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

bool RunBoard::is_over() const {
  const std::lock_guard lock(mutex_);
  return stopping() || (ingests_ == 0 && to_end_ == 0);
}

bool RunBoard::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping();
}

std::optional<Error> RunBoard::failure() const {
  const std::lock_guard lock(mutex_);
  if (cancelled_) return Error(ErrorKind::cancelled, "the run was cancelled");
  return first_ ? first_ : first_that_follows_;
}

}  // namespace coffer
