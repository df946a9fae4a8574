#include "pipe/decide_pipe.hpp"

#include <exception>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/base/byte_size.hpp>

#include "pipe/condition.hpp"
#include "pipe/run_job.hpp"

namespace coffer {

namespace asio = boost::asio;

namespace {

Task<std::string> co_read_small(RunData& data) {
  SourcePtr source = co_await data.co_open(ReadOptions());
  std::string content;
  while (const std::optional<Chunk> chunk = co_await source->co_read()) {
    content += chunk->text();
    if (content.size() <= ConditionSpec::most_bytes) continue;
    throw Error(ErrorKind::too_large, "'" + data.name() + "' has more than " +
                                          format_byte_size(ConditionSpec::most_bytes) +
                                          ": a condition looks at small contents alone");
  }
  co_return content;
}

/// Writes it down where the run has a journal, and tells of it.
Task<> co_note_skip(RunContext& run, std::size_t pipe, PipeSkipped skipped) {
  // What is decided is written down.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  const std::string why = skipped.why;
  if (run.journal) {
    skipped.at = run.journal->now();
    skipped.pipe = run.pipeline.pipes()[pipe].name();
    skipped.spec = run.identities[pipe].spec;
    JournalRecord record = std::move(skipped);
    co_await run.journal->co_write(std::move(record));
  }
  run.news.tell(
      [&](RunObserver& observer) { observer.skipped(run.pipeline.pipes()[pipe].name(), why, run.news.now()); });
  run.board->pipe_skipped(pipe, why);
}

/// The first of the pipe's conditions that does not hold, as it is written down; nothing where all hold.
Task<std::optional<PipeSkipped>> co_look(RunContext& run, std::size_t pipe) {
  std::optional<PipeSkipped> skipped;
  for (const ConditionSpec& condition : run.pipeline.pipes()[pipe].conditions()) {
    RunData& data = *run.data[run.plan.position(condition.name)];
    const std::string content = co_await co_read_small(data);
    const Result<std::string> text = conditional_text(condition, content);
    if (!text) throw Error(text.error().kind(), "'" + data.name() + "': " + text.error().message());
    if (holds(condition, *text)) continue;
    skipped.emplace();
    skipped->why = why_not(condition, *text);
    skipped->looked_at = used_input(data);
    break;
  }
  co_return skipped;
}

void fail(RunContext& run, std::size_t pipe, std::exception_ptr thrown) {
  Error cause = to_error(thrown);
  if (cause.kind() == ErrorKind::cancelled && run.board->is_stopping()) return;
  RunTally& tally = *run.pipe_tallies[pipe];
  const Error error = Error(ErrorKind::pipe_failed, "whether the pipe '" + tally.name + "' is to run cannot be said")
                          .because(std::move(cause));
  tally.started = run.news.now();
  tally.ended = tally.started;
  const PipeReport report = tally.report(true);
  run.news.tell([&](RunObserver& observer) {
    observer.started(tally.name, tally.started, false);
    observer.failed(report, error);
  });
  run.board->failed(error, false);
  run.jobs.cancel_all();
}

}  // namespace

Task<> co_decide_pipe(std::shared_ptr<RunContext> run, std::size_t pipe) {
  std::exception_ptr thrown;
  try {
    std::optional<PipeSkipped> skipped = co_await co_look(*run, pipe);
    if (skipped)
      co_await co_note_skip(*run, pipe, std::move(*skipped));
    else
      run->board->condition_holds(pipe);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown) fail(*run, pipe, thrown);
}

Task<> co_skip_pipe(std::shared_ptr<RunContext> run, RunSteps::Skip skip) {
  std::exception_ptr thrown;
  try {
    PipeSkipped skipped;
    skipped.absent = run->plan.data()[skip.absent].name;
    skipped.why = skipped.absent + " is absent";
    co_await co_note_skip(*run, skip.pipe, std::move(skipped));
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown) fail(*run, skip.pipe, thrown);
}

}  // namespace coffer
