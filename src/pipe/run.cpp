#include "pipe/run.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/pipe/pipeline_check.hpp>

#include "async/one_at_a_time.hpp"
#include "pipe/decide_pipe.hpp"
#include "pipe/run_ahead.hpp"
#include "pipe/run_job.hpp"

namespace coffer {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds shortest_step{5};
constexpr std::chrono::milliseconds longest_step{100};

void report(RunContext& run, const RunJob& job, const std::optional<Error>& failure) {
  const PipeReport report = job.tally()->report(failure.has_value());
  run.news.tell([&](RunObserver& observer) {
    if (failure)
      observer.failed(report, *failure);
    else
      observer.finished(report);
  });
}

/// Does a job from its start to its end. True where it did not fail.
Task<bool> co_do(std::shared_ptr<RunContext> run, RunJob& job) {
  RunTally& tally = *job.tally();
  tally.started = run->news.now();
  tally.activity.start();
  run->news.tell([&](RunObserver& observer) { observer.started(tally.name, tally.started, tally.is_ingest); });
  std::exception_ptr thrown;
  try {
    co_await job.co_work();
  } catch (...) {
    thrown = std::current_exception();  // Handled below: nothing can be awaited here.
  }
  tally.ended = run->news.now();
  tally.activity.stop();
  // Before the next await, which else would throw at once where this was cancelled.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  if (!thrown && run->journal) {
    try {
      co_await job.co_record(*run->journal);
    } catch (...) {
      thrown = std::current_exception();  // Handled below.
    }
  }
  std::optional<Error> failure;
  if (thrown) {
    Error cause = to_error(thrown);
    const bool follows = job.follows_another();
    const bool is_stopping = run->board->is_stopping();
    // The end of what it read may reach it before its own does.
    if (is_stopping && follows) cause = Error(ErrorKind::cancelled, "the run is stopping");
    failure = job.failure(std::move(cause));
    if (failure->kind() != ErrorKind::cancelled || !is_stopping) {
      run->board->failed(*failure, follows);
      run->jobs.cancel_all();
    }
    if (run->journal) job.give_up_record();
  }
  co_await job.co_tidy();
  report(*run, job, failure);
  co_return !failure.has_value();
}

Task<> co_do_pipe(std::shared_ptr<RunContext> run, std::unique_ptr<RunJob> job, std::size_t pipe) {
  const bool done = co_await co_do(run, *job);
  job.reset();
  run->board->pipe_ended(pipe, !done);
}

Task<> co_do_ingest(std::shared_ptr<RunContext> run, std::unique_ptr<RunJob> job) {
  co_await co_do(run, *job);
  job.reset();
  run->board->ingest_ended();
}

/// A run of a second is worth a picture, too.
std::chrono::nanoseconds progress_step(std::chrono::nanoseconds since_start) {
  return std::clamp<std::chrono::nanoseconds>(since_start / 50, shortest_step, longest_step);
}

Task<> co_tell_progress(std::shared_ptr<RunContext> run) {
  std::vector<PipeProgress> running;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    timer.expires_after(progress_step(run->news.now()));
    co_await timer.async_wait(asio::deferred);
    running.clear();
    for (const auto* tallies : {&run->ingest_tallies, &run->pipe_tallies}) {
      for (const auto& tally : *tallies) {
        if (tally->activity.is_going()) running.push_back(tally->progress());
      }
    }
    run->news.tell([&](RunObserver& observer) { observer.progressed(run->news.now(), running); });
  }
}

}  // namespace

Task<RunResult> Run::co_run() {
  const std::optional<HiddenShare> before =
      run_->meter ? std::optional<HiddenShare>(run_->meter->hidden()) : std::nullopt;
  RunResult result;
  warn(result);
  run_->reads_ahead = overlap_ && can_read_ahead(run_->plan);
  start_ingests();
  if (run_->news.is_heard()) run_->jobs.spawn(one_at_a_time(run_->runtime()), co_tell_progress(run_));
  if (run_->reads_ahead) run_->jobs.spawn(one_at_a_time(run_->runtime()), co_read_ahead(run_));
  std::exception_ptr stopped;
  try {
    co_await co_until_over();
  } catch (...) {
    stopped = std::current_exception();  // Handled below: nothing can be awaited here.
  }
  // Before the next await, which else would throw at once.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  if (stopped) run_->board->cancelled();
  co_await co_end();
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  if (const std::optional<Error> failure = run_->board->failure()) throw Error(*failure);
  result.wall = run_->news.now();
  if (before) {
    HiddenShare during = run_->meter->hidden();
    during.storage -= before->storage;
    during.exposed -= before->exposed;
    if (during.storage.count() > 0) result.hidden = during;
  }
  fill(result);
  co_return result;
}

void Run::warn(RunResult& result) const {
  const PipelineCheck check = check_pipeline(run_->pipeline);
  for (const Finding& finding : check.findings) {
    std::string line = finding.place.known() ? place_text(finding.place) + ": " : std::string();
    line += finding.message;
    run_->news.tell([&](RunObserver& observer) { observer.warned(line); });
    result.warnings.push_back(std::move(line));
  }
}

Task<> Run::co_until_over() {
  for (;;) {
    const std::uint64_t seen = run_->board->changed().epoch();
    do_steps(run_->board->take_steps(overlap_));
    if (run_->board->is_over()) co_return;
    co_await run_->board->changed().co_wait(seen);
  }
}

void Run::start_ingests() {
  for (std::size_t i = 0; i < ingests_.size(); ++i) {
    auto job = make_ingest(*run_, run_->ingest_tallies[i], ingests_[i].data, std::move(ingests_[i].source));
    run_->jobs.spawn(one_at_a_time(run_->runtime()), co_do_ingest(run_, std::move(job)));
  }
  ingests_.clear();
}

void Run::do_steps(const RunSteps& steps) {
  for (const RunSteps::Skip& skip : steps.skip)
    run_->jobs.spawn(one_at_a_time(run_->runtime()), co_skip_pipe(run_, skip));
  for (const std::size_t pipe : steps.decide)
    run_->jobs.spawn(one_at_a_time(run_->runtime()), co_decide_pipe(run_, pipe));
  for (const std::size_t pipe : steps.start)
    run_->jobs.spawn(one_at_a_time(run_->runtime()), co_do_pipe(run_, make_pipe(*run_, pipe), pipe));
}

/// Everything has ended when it returns.
Task<> Run::co_end() {
  run_->jobs.cancel_all();
  co_await run_->jobs.co_empty();
  if (run_->server) co_await run_->server->co_stop();
}

void Run::fill(RunResult& result) const {
  result.bytes_ahead = run_->bytes_ahead;
  for (const auto& tally : run_->ingest_tallies) result.pipes.push_back(tally->report(false));
  result.reused.assign(run_->stored_before.begin(), run_->stored_before.end());
  if (run_->reuse) result.taken = run_->reuse->taken();
  const std::map<std::size_t, std::string> skipped = run_->board->skipped();
  for (std::size_t i = 0; i < run_->pipe_tallies.size(); ++i) {
    const auto& tally = run_->pipe_tallies[i];
    if (const auto skip = skipped.find(i); skip != skipped.end()) {
      result.skipped.emplace(tally->name, skip->second);
      continue;
    }
    if (run_->finished_before.contains(i)) {
      result.reused.push_back(tally->name);
      continue;
    }
    if (result.taken.contains(tally->name)) result.reused.push_back(tally->name);
    result.pipes.push_back(tally->report(false));
    result.bytes_read += tally->bytes_in;
  }
  for (std::size_t i = 0; i < run_->data.size(); ++i) {
    const std::optional<Stored> stored = run_->data[i]->stored();
    if (run_->board->is_left_out(i)) {
      if (run_->plan.data()[i].is_output) result.absent.insert(run_->data[i]->name());
      continue;
    }
    if (run_->data[i]->is_written_here()) {
      (run_->data[i]->is_inline() ? result.bytes_inline : result.bytes_stored) += stored->size;
      if (run_->lists[i]) result.bytes_stored += run_->lists[i]->bytes();
    }
    if (run_->plan.data()[i].is_output) result.outputs.emplace(run_->data[i]->name(), *stored);
  }
}

}  // namespace coffer
