#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <coffer/async/task.hpp>
#include <coffer/base/error.hpp>
#include <coffer/base/object_info.hpp>
#include <coffer/pipe/keep.hpp>
#include <coffer/storage/journal_store.hpp>

namespace coffer {

class Storage;

/// Where a run stands.
enum class RunStatus : std::uint8_t {
  running,      ///< A process is at it.
  interrupted,  ///< The process that was at it is gone.
  failed,       ///< An error, or who started it, ended it.
  finished,     ///< It has ended well.
  disposing,    ///< Its objects are being removed, or that was interrupted.
  unreadable,   ///< Its journal is damaged, or of a newer Coffer.
};

/// "running", "interrupted", ...
std::string_view to_string(RunStatus status) noexcept;

/// What a run's journal says of it.
struct RunInfo {
  struct Pipe {
    std::string name;
    bool finished = false;
    std::chrono::system_clock::time_point at;  ///< When it finished, or was skipped.
    std::uint64_t bytes = 0;                   ///< Of its outputs.
    std::size_t elements = 0;                  ///< Of a batch that has not finished: those that are done.
    std::string why_skipped;                   ///< Empty for one that was not.
  };
  struct Input {
    std::string name;
    bool ingested = false;  ///< Stored by the run; else read where it lay.
    std::string uri;        ///< Where it came from; empty for a stream, and for a list without an origin.
    bool stored = false;    ///< As a whole, so that it need not be given again.
  };

  std::string id;
  RunStatus status = RunStatus::unreadable;
  std::string pipeline;  ///< Its name.
  std::chrono::system_clock::time_point begun;
  std::chrono::system_clock::time_point changed;
  /// Of its objects that are there.
  std::uint64_t bytes = 0;
  std::optional<RunHolder> holder;
  /// Why it failed, or cannot be read.
  std::string problem;
  Keep keep = Keep::outputs;
  bool overlap = true;
  bool reuse = false;  ///< Whether it takes from earlier runs.
  /// As a pipeline file; empty where it has C++ pipes that no file can name.
  std::string pipeline_file;
  std::vector<Input> inputs;
  /// Those of the pipeline in its order; of a C++ pipeline only those that have finished.
  std::vector<Pipe> pipes;
  /// Of a run that has finished.
  std::map<std::string, Stored> outputs;
  /// URIs of what was given a place of its own.
  std::map<std::string, std::string> places;
  /// RunOptions::remember().
  std::map<std::string, std::string> notes;
};

/// How to dispose of a run.
class DisposeOptions {
 public:
  DisposeOptions() = default;
  /// What of its objects stays, as objects like any other. Default: nothing.
  DisposeOptions& keep(Keep keep) & {
    keep_ = keep;
    return *this;
  }
  DisposeOptions&& keep(Keep keep) && { return std::move(this->keep(keep)); }
  /// Only say what would be removed. Default: false.
  DisposeOptions& dry_run(bool on) & {
    dry_run_ = on;
    return *this;
  }
  DisposeOptions&& dry_run(bool on) && { return std::move(dry_run(on)); }
  /// Only a run that stands as it was found, unchanged since; else Error{conflict}. Default: whatever it is.
  DisposeOptions& as_found(const RunInfo& run) & {
    found_ = Found{run.status, run.changed};
    return *this;
  }
  DisposeOptions&& as_found(const RunInfo& run) && { return std::move(as_found(run)); }

  Keep keep() const noexcept { return keep_; }
  bool dry_run() const noexcept { return dry_run_; }
  /// Where a run stood, and since when.
  struct Found {
    RunStatus status;
    std::chrono::system_clock::time_point changed;
  };
  const std::optional<Found>& found() const noexcept { return found_; }

 private:
  std::optional<Found> found_;
  Keep keep_ = Keep::nothing;
  bool dry_run_ = false;
};

static_assert(!std::is_aggregate_v<DisposeOptions>);

/// What disposing of a run did, or would do.
struct DisposeReport {
  struct Left {
    std::string uri;
    std::string why;       ///< "the run y reads it".
    bool is_read = false;  ///< By another run: it goes once that one is over.
  };
  /// Whether there was such a run.
  bool existed = false;
  std::vector<ObjectInfo> removed;
  std::uint64_t bytes = 0;
  /// Objects that others need, or have replaced; and a list of which nobody can tell what is in it, so that all is
  /// left.
  std::vector<Left> left;
  /// Whether the journal is gone, and with it the run. False where an object is left that another run reads: it is
  /// disposed of again when that one is over.
  bool complete = false;
};

/// What collecting did, or would do.
struct CollectReport {
  struct Failure {
    std::string run;
    Error why;
  };
  /// Runs that never began or were being disposed of, and parts of journals.
  std::size_t removed = 0;
  /// Finished runs that were rid of what they do not keep.
  std::size_t tidied = 0;
  std::vector<Failure> failures;
};

/// The runs of a store. Thread-safe; the Storage outlives it and its tasks. Error{unsupported} where the store keeps no
/// journals.
class Runs {
 public:
  explicit Runs(Storage& storage) : storage_(storage) {}

  /// By id. One whose journal cannot be read is `unreadable`.
  Task<std::vector<RunInfo>> co_list();
  /// Nothing where there is no such run.
  Task<std::optional<RunInfo>> co_find(std::string id);
  /// Removes what the run has made, and its journal. What lies outside its names is never touched: inputs that were
  /// there, outputs that were given a place. Idempotent, and after a kill it goes on. Error{conflict} while a process
  /// is at the run; Error{corrupt} where the journal is damaged, unless everything is kept: then that alone is removed.
  Task<DisposeReport> co_dispose(std::string id, DisposeOptions options = {});
  /// What kills have left: runs that never began or were being disposed of, what finished ones do not keep, parts of
  /// journals. One that fails keeps it from no other; one that somebody is at is left.
  Task<CollectReport> co_collect(bool dry_run);

 private:
  Storage& storage_;
};

/// A new id that sorts by time: "20260102-030405-k7w2mq".
std::string new_run_id(std::chrono::system_clock::time_point now);

/// Which runs are past what is kept of them.
struct Retention {
  /// Those that ended longer ago.
  std::optional<std::chrono::seconds> older_than;
  /// As many of the oldest as it takes until those left have no more bytes together.
  std::optional<std::uint64_t> over;
};

/// The ids, oldest first. Only runs that have finished count and are chosen. Pure.
std::vector<std::string> runs_past(const std::vector<RunInfo>& runs, const Retention& retention,
                                   std::chrono::system_clock::time_point now);

}  // namespace coffer
