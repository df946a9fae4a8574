#include "pipe/run_board.hpp"

#include <utility>

namespace coffer {

RunBoard::RunBoard(const RunPlan& plan, const std::vector<std::size_t>& committed, std::size_t ingests,
                   const std::set<std::size_t>& finished, const std::map<std::size_t, std::string>& skipped)
    : plan_(plan), state_(plan.initial()), skipped_(skipped), ingests_(ingests) {
  for (const std::size_t data : committed) state_.data[data] = DataState::committed;
  for (const std::size_t pipe : finished) state_.pipes[pipe] = PipeState::finished;
  for (const auto& [pipe, why] : skipped) plan_.skip(state_, pipe);
}

std::vector<std::size_t> RunBoard::take_startable(bool overlap) {
  const std::lock_guard lock(mutex_);
  std::vector<std::size_t> pipes = plan_.may_start(state_, overlap);
  for (const std::size_t pipe : pipes) state_.pipes[pipe] = PipeState::running;
  return pipes;
}

std::vector<std::size_t> RunBoard::take_decidable() {
  const std::lock_guard lock(mutex_);
  std::vector<std::size_t> pipes = plan_.may_decide(state_);
  for (const std::size_t pipe : pipes) state_.conditions[pipe] = ConditionState::looked_at;
  return pipes;
}

std::vector<PipeSkip> RunBoard::take_skips() {
  const std::lock_guard lock(mutex_);
  std::vector<PipeSkip> skips = plan_.to_skip(state_);
  for (const PipeSkip& skip : skips) state_.pipes[skip.pipe] = PipeState::running;
  return skips;
}

void RunBoard::condition_holds(std::size_t pipe) {
  {
    const std::lock_guard lock(mutex_);
    state_.conditions[pipe] = ConditionState::holds;
  }
  changed_.notify_all();
}

void RunBoard::pipe_skipped(std::size_t pipe, std::string why) {
  {
    const std::lock_guard lock(mutex_);
    plan_.skip(state_, pipe);
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
    if (state_.data[data] == DataState::absent) state_.data[data] = DataState::live;
  }
  changed_.notify_all();
}

void RunBoard::committed(std::size_t data) {
  {
    const std::lock_guard lock(mutex_);
    state_.data[data] = DataState::committed;
  }
  changed_.notify_all();
}

void RunBoard::pipe_ended(std::size_t pipe, bool failed) {
  {
    const std::lock_guard lock(mutex_);
    state_.pipes[pipe] = failed ? PipeState::failed : PipeState::finished;
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
  return stopping() || (ingests_ == 0 && RunPlan::is_over(state_));
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
