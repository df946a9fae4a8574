#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include <coffer/pipe/pipeline_file.hpp>
#include <coffer/pipe/runs.hpp>
#include <coffer/storage/storage.hpp>
#include <sys/random.h>

#include "pipe/disposal.hpp"
#include "pipe/run_entry.hpp"
#include "pipe/run_tidying.hpp"

namespace coffer {
namespace {

RunStatus status_of(const RunHistory& history, bool is_held) {
  if (history.disposing) return RunStatus::disposing;
  if (is_held) return RunStatus::running;
  if (history.completed) return RunStatus::finished;
  return history.failed ? RunStatus::failed : RunStatus::interrupted;
}

RunInfo::Pipe pipe_info(const std::string& name, const RunHistory& history) {
  RunInfo::Pipe pipe;
  pipe.name = name;
  const auto skipped = history.skipped.find(name);
  if (skipped != history.skipped.end()) {
    pipe.at = skipped->second.at;
    pipe.why_skipped = skipped->second.why;
  }
  const auto finished = history.finished.find(name);
  const auto batch = history.batches.find(name);
  if (batch != history.batches.end()) pipe.elements = batch->second.elements.size();
  if (finished == history.finished.end()) return pipe;
  pipe.finished = true;
  pipe.at = finished->second.at;
  for (const RunObject& output : finished->second.outputs) pipe.bytes += output.stored.size;
  return pipe;
}

std::vector<RunInfo::Pipe> pipes_of(const RunHistory& history) {
  std::vector<RunInfo::Pipe> pipes;
  const Result<Pipeline> pipeline = parse_pipeline(history.begun->pipeline);
  if (pipeline) {
    for (const PipeSpec& pipe : pipeline->pipes()) pipes.push_back(pipe_info(pipe.name(), history));
  } else {
    for (const auto& [name, finished] : history.finished) pipes.push_back(pipe_info(name, history));
  }
  return pipes;
}

void fill(RunInfo& info, const RunHistory& history) {
  const RunBegun& begun = *history.begun;
  info.pipeline = begun.pipeline_name;
  info.begun = history.first_begun;
  info.changed = history.last_change;
  if (history.failed) info.problem = history.failed->message;
  info.keep = begun.keep;
  info.overlap = begun.overlap;
  info.reuse = begun.reuse;
  info.pipeline_file = begun.pipeline;
  info.places = begun.places;
  info.notes = begun.notes;
  for (const GivenInput& given : begun.inputs) {
    RunInfo::Input& input = info.inputs.emplace_back();
    input.name = given.name;
    input.ingested = given.is_ingested;
    input.uri = given.uri;
    input.stored = history.stored.contains(given.name);
  }
  info.pipes = pipes_of(history);
  if (!history.completed) return;
  for (const RunObject& output : history.completed->outputs) info.outputs.emplace(output.name, output.stored);
}

/// Nothing where it is gone, or has not begun.
Task<std::optional<RunInfo>> co_info(Storage& storage, std::string id) {
  JournalStore& journals = journals_of(storage);
  RunInfo info;
  info.id = id;
  info.holder = co_await journals.co_holder(id);
  const Result<RunHistory> history = co_await co_read_history(storage, id);
  if (history && !history->begun) co_return std::nullopt;
  if (history) {
    info.status = status_of(*history, info.holder.has_value());
    fill(info, *history);
  } else {
    info.problem = history.error().message();
  }
  const std::vector<ObjectInfo> objects = co_await co_objects_of_run(storage, id);
  for (const ObjectInfo& object : objects) info.bytes += object.size.value_or(0);
  co_return info;
}

bool is_as_found(const RunHistory& history, const DisposeOptions::Found& found) {
  return history.begun && status_of(history, false) == found.status && history.last_change == found.changed;
}

bool is_left_by_a_kill(const RunHistory& history) { return !history.begun || history.disposing; }

Task<DisposeReport> co_do_dispose(Disposal& disposal, bool dry_run) {
  if (dry_run) co_return co_await disposal.co_preview();
  const bool existed = co_await disposal.co_begin();
  if (!existed) {
    DisposeReport nothing;
    nothing.complete = true;
    co_return std::move(nothing);
  }
  DisposePlan plan = co_await disposal.co_decide();
  co_return co_await disposal.co_perform(std::move(plan));
}

/// As it is once it is held.
Task<std::size_t> co_tidy_run(Storage& storage, std::string id) {
  JournalStore& journals = journals_of(storage);
  std::unique_ptr<RunClaim> claim = co_await journals.co_claim(id, false);
  if (!claim) co_return 0;
  const auto journal = std::make_shared<RunJournal>(storage.runtime(), id, std::move(claim));
  const Result<RunHistory> history = co_await co_read_history(storage, id);
  std::size_t count = 0;
  if (is_untidy(history.value())) count = co_await co_tidy(storage, journal, *history);
  co_await journal->co_close();
  co_return count;
}

Task<> co_collect_run(Storage& storage, std::string id, bool dry_run, CollectReport& report) {
  JournalStore& journals = journals_of(storage);
  const std::optional<RunHolder> holder = co_await journals.co_holder(id);
  if (holder) co_return;
  const Result<RunHistory> history = co_await co_read_history(storage, id);
  if (!history) throw Error(history.error());
  if (is_untidy(*history)) {
    Task<std::size_t> tidying = dry_run ? co_count_untidy(storage, *history) : co_tidy_run(storage, id);
    const std::size_t count = co_await std::move(tidying);
    if (count > 0) ++report.tidied;
  }
  if (!is_left_by_a_kill(*history)) co_return;
  const Keep keep = history->disposing ? history->disposing->keep : Keep::nothing;
  Disposal disposal(storage, id, keep, is_left_by_a_kill);
  const DisposeReport disposed = co_await co_do_dispose(disposal, dry_run);
  if (disposed.complete) ++report.removed;
}

}  // namespace

std::string_view to_string(RunStatus status) noexcept {
  switch (status) {
    case RunStatus::running:
      return "running";
    case RunStatus::interrupted:
      return "interrupted";
    case RunStatus::failed:
      return "failed";
    case RunStatus::finished:
      return "finished";
    case RunStatus::disposing:
      return "disposing";
    case RunStatus::unreadable:
      return "unreadable";
  }
  return "";
}

Task<std::vector<RunInfo>> Runs::co_list() {
  std::vector<RunInfo> all;
  const std::vector<std::string> ids = co_await journals_of(storage_).co_runs();
  for (const std::string& id : ids) {
    std::optional<RunInfo> info = co_await co_info(storage_, id);
    if (info) all.push_back(std::move(*info));
  }
  co_return std::move(all);
}

Task<std::optional<RunInfo>> Runs::co_find(std::string id) {
  if (!is_run_id(id)) co_return std::nullopt;
  co_return co_await co_info(storage_, std::move(id));
}

Task<DisposeReport> Runs::co_dispose(std::string id, DisposeOptions options) {
  Disposal::Judgement judgement;
  if (options.found())
    judgement = [found = *options.found()](const RunHistory& history) { return is_as_found(history, found); };
  Disposal disposal(storage_, id, options.keep(), std::move(judgement));
  co_return co_await co_do_dispose(disposal, options.dry_run());
}

Task<CollectReport> Runs::co_collect(bool dry_run) {
  JournalStore& journals = journals_of(storage_);
  CollectReport report;
  report.removed = co_await journals.co_sweep(dry_run);
  const std::vector<std::string> ids = co_await journals.co_runs();
  for (const std::string& id : ids) {
    try {
      co_await co_collect_run(storage_, id, dry_run, report);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      // Somebody has taken it meanwhile.
      if (error.kind() != ErrorKind::conflict) report.failures.push_back({id, error});
    }
  }
  co_return std::move(report);
}

std::string new_run_id(std::chrono::system_clock::time_point now) {
  constexpr std::string_view letters = "abcdefghijkmnpqrstuvwxyz23456789";
  static_assert(letters.size() == 32);
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts = {};
  std::array<char, 24> time{};
  ::gmtime_r(&seconds, &parts);
  std::strftime(time.data(), time.size(), "%Y%m%d-%H%M%S-", &parts);
  std::array<unsigned char, 6> random{};
  while (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    if (errno != EINTR) throw Error::from_errno(errno, "getrandom");
  }
  std::string id = time.data();
  for (const unsigned char byte : random) id += letters[byte % letters.size()];
  return id;
}

}  // namespace coffer
