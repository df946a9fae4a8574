#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <coffer/observe/work_meter.hpp>
#include <coffer/pipe/pipeline.hpp>
#include <coffer/storage/storage.hpp>

#include "async/task_group.hpp"
#include "http_server/range_server.hpp"
#include "pipe/resume_plan.hpp"
#include "pipe/run_board.hpp"
#include "pipe/run_data.hpp"
#include "pipe/run_journal.hpp"
#include "pipe/run_list.hpp"
#include "pipe/run_news.hpp"
#include "pipe/run_plan.hpp"
#include "pipe/run_reuse.hpp"
#include "pipe/run_tally.hpp"

namespace coffer {

/// What the jobs of one run share. Each holds it; the Storage outlives all.
struct RunContext {
  RunContext(Storage& of, Pipeline what, RunPlan how, std::shared_ptr<RunObserver> observer)
      : storage(of), pipeline(std::move(what)), plan(std::move(how)), news(std::move(observer), of.runtime().clock()) {}

  Runtime& runtime() const noexcept { return storage.runtime(); }
  /// Of these positions in the plan those that are not left out.
  std::vector<std::size_t> present(std::vector<std::size_t> positions) const {
    std::erase_if(positions, [this](std::size_t data) { return board->is_left_out(data); });
    return positions;
  }

  Storage& storage;
  const Pipeline pipeline;
  const RunPlan plan;
  RunNews news;
  std::shared_ptr<WorkMeter> meter;
  std::vector<std::string> environment;
  std::filesystem::path work_folder;
  /// Begins the name of each object that the run stores.
  std::string prefix;
  /// Where what is given a place of its own goes, by name.
  std::map<std::string, Uri> places;
  /// By position in the plan. Of a list, its own object.
  std::vector<std::shared_ptr<RunData>> data;
  /// By position in the plan; null for what is no list.
  std::vector<std::unique_ptr<RunList>> lists;
  /// Whether the run names the object: not what was there before, nor what was given a place.
  std::vector<bool> is_own;
  /// Null for a run without an id.
  std::shared_ptr<RunJournal> journal;
  /// By position in the pipeline, where there is a journal.
  std::vector<PipeIdentity> identities;
  /// What an earlier attempt has done: pipes by position in the pipeline, and inputs that were stored.
  std::set<std::size_t> finished_before;
  std::set<std::string> stored_before;
  /// Of batches that had not finished, by position in the pipeline.
  std::map<std::size_t, MadeElements> elements_before;
  /// Null where nothing is taken from earlier runs; and pipes that are decided when their inputs are committed.
  std::shared_ptr<RunReuse> reuse;
  std::set<std::size_t> decided_later;
  std::optional<RunBoard> board;
  /// Of the ingests, and of the pipes by position in the pipeline.
  std::vector<std::shared_ptr<RunTally>> ingest_tallies;
  std::vector<std::shared_ptr<RunTally>> pipe_tallies;
  /// Where some pipe reads by URL.
  std::optional<RangeServer> server;
  /// Whether what pipes that wait will read is read ahead; who does it looks at what the others are busy with.
  bool reads_ahead = false;
  /// That were read ahead.
  std::atomic<std::uint64_t> bytes_ahead = 0;
  TaskGroup jobs;
};

}  // namespace coffer
