#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <coffer/async/task.hpp>
#include <coffer/base/object_info.hpp>
#include <coffer/base/uri.hpp>
#include <coffer/observe/work_meter.hpp>
#include <coffer/pipe/keep.hpp>
#include <coffer/pipe/pipe_io.hpp>
#include <coffer/pipe/pipeline.hpp>
#include <coffer/pipe/run_observer.hpp>
#include <coffer/stream/byte_source.hpp>

namespace coffer {

class Storage;
struct RunEntry;
struct RunResult;

/// What a run's inputs are. Move-only: it owns the streams.
class RunInputs {
 public:
  RunInputs() = default;
  RunInputs(const RunInputs&) = delete;
  RunInputs(RunInputs&&) = default;
  RunInputs& operator=(const RunInputs&) = delete;
  RunInputs& operator=(RunInputs&&) = default;
  ~RunInputs() = default;

  /// Stored in the active store while the pipes read it already. `size` where it is known before the end: then `url`
  /// inputs can seek in it.
  RunInputs& ingest(std::string name, SourcePtr source, std::optional<std::uint64_t> size = std::nullopt) &;
  RunInputs&& ingest(std::string name, SourcePtr source, std::optional<std::uint64_t> size = std::nullopt) && {
    return std::move(ingest(std::move(name), std::move(source), size));
  }
  /// Where the stream of an ingest comes from, for who resumes the run: kept in its journal. The input is stored again
  /// where this, or what is there, is another one, or is not known.
  RunInputs& origin(const std::string& name, Uri uri) &;
  /// An object or a foreign file, read where it lies. A file outside the stores must be one that the StoreConfig lets
  /// be read, else the run is refused.
  RunInputs& use(std::string name, Uri uri) &;
  RunInputs&& use(std::string name, Uri uri) && { return std::move(use(std::move(name), std::move(uri))); }
  /// A list of objects and foreign files, read where they lie, in this order.
  /// `origin` is where they come from, for who resumes the run: a folder, a prefix or a list's own object.
  RunInputs& list(std::string name, std::vector<Uri> elements, Uri origin = {}) &;
  RunInputs&& list(std::string name, std::vector<Uri> elements, Uri origin = {}) && {
    return std::move(list(std::move(name), std::move(elements), std::move(origin)));
  }

 private:
  friend class RunSetup;

  struct Input {
    /// Null for an object that is there already.
    SourcePtr source;
    Uri uri;
    std::optional<std::uint64_t> size;
    Uri origin;
    /// Of a list.
    std::optional<std::vector<Uri>> elements;
  };

  std::map<std::string, Input> inputs_;
};

/// How to run.
class RunOptions {
 public:
  /// Whether pipes read what is still being written. False: each starts once all it reads is committed. Default true.
  RunOptions& overlap(bool on) & {
    overlap_ = on;
    return *this;
  }
  RunOptions&& overlap(bool on) && { return std::move(overlap(on)); }
  /// Default: nobody.
  RunOptions& observer(std::shared_ptr<RunObserver> observer) & {
    observer_ = std::move(observer);
    return *this;
  }
  RunOptions&& observer(std::shared_ptr<RunObserver> observer) && {
    return std::move(this->observer(std::move(observer)));
  }
  /// Is told when pipes work; the same that the Runtime was given as its observer. Without one there is no hidden
  /// share.
  RunOptions& meter(std::shared_ptr<WorkMeter> meter) & {
    meter_ = std::move(meter);
    return *this;
  }
  RunOptions&& meter(std::shared_ptr<WorkMeter> meter) && { return std::move(this->meter(std::move(meter))); }
  /// Contents of fewer bytes that pipes give whole (typed_pipe, PipeIo::co_give) stay in memory and are not stored, but
  /// for the pipeline's outputs and what has a place of its own. Default 1024; 0 stores everything.
  RunOptions& inline_below(std::uint64_t bytes) & {
    inline_below_ = bytes;
    return *this;
  }
  RunOptions&& inline_below(std::uint64_t bytes) && { return std::move(inline_below(bytes)); }
  /// Other processes may follow what the run stores (Storage::co_follow) while it does; not the outputs of pipes that
  /// may run again, which are seen when they have ended well. Error{unsupported} where the store cannot do that.
  /// Default false.
  RunOptions& live(bool on) & {
    live_ = on;
    return *this;
  }
  RunOptions&& live(bool on) && { return std::move(live(on)); }
  /// Names the run (as `is_run_id` has it), which is then written down: where it is killed or fails, the same call
  /// resumes it. Pipes that had finished are not run again unless their program, their arguments or their inputs have
  /// changed. Inputs that were stored need not be given; one that is given is stored again, and what reads it run
  /// again, unless it has the same RunInputs::origin() and etag as then: a stream without an origin always is. Of a run
  /// that has ended well only the result comes (RunResult::ended_before). Error{invalid_argument} where the id is of a
  /// run of a pipeline of another name, or of one that has ended well without one of these outputs, with inputs from
  /// elsewhere or that have changed since, or with an output to be stored elsewhere. Its objects' names begin with the
  /// id, so there is no prefix. Error{unsupported} where the store keeps no journals, Error{conflict} that names the
  /// process where another one is at it, Error{already_exists} where other objects have such names. Default: none.
  RunOptions& run_id(std::string id) & {
    run_id_ = std::move(id);
    return *this;
  }
  RunOptions&& run_id(std::string id) && { return std::move(run_id(std::move(id))); }
  /// Goes on with the run of the id and begins none: Error{not_found} where there is no such run (any more). Default
  /// false.
  RunOptions& only_resumes(bool on) & {
    only_resumes_ = on;
    return *this;
  }
  RunOptions&& only_resumes(bool on) && { return std::move(only_resumes(on)); }
  /// Takes what pipes have made in earlier runs of the store, where the program's file, the arguments, the declared
  /// environment and the contents of all inputs are the same, and all that was made is there as it was. A pipe that
  /// some earlier run has finished starts only once its inputs are committed; others start as usual. What the pipes
  /// read is read once more to compute its SHA-256, which is written down for later runs. What is taken stays where it
  /// is until this run is disposed of; an output that has a place of its own is copied there. Pipes in C++ say what
  /// they depend on (PipeSpec::reusable). Needs an id, else Error{invalid_argument}. Default: false; but a run that did
  /// it when it was begun does it when it is resumed.
  RunOptions& reuse(bool on) & {
    reuse_ = on;
    return *this;
  }
  RunOptions&& reuse(bool on) && { return std::move(reuse(on)); }
  /// What of its objects stays once it has ended well. Default: outputs. What a run that failed has stored stays.
  RunOptions& keep(Keep keep) & {
    keep_ = keep;
    return *this;
  }
  RunOptions&& keep(Keep keep) && { return std::move(this->keep(keep)); }
  /// Kept in the run's journal for who resumes it.
  RunOptions& remember(std::string key, std::string value) & {
    notes_.insert_or_assign(std::move(key), std::move(value));
    return *this;
  }
  RunOptions&& remember(std::string key, std::string value) && {
    return std::move(remember(std::move(key), std::move(value)));
  }
  /// Awaited when all outputs are committed, before the run counts as finished and before anything is removed; the run
  /// fails where it does. What it captures lives as long as the options.
  RunOptions& deliver(std::function<Task<>(const RunResult&)> deliver) & {
    deliver_ = std::move(deliver);
    return *this;
  }
  RunOptions&& deliver(std::function<Task<>(const RunResult&)> deliver) && {
    return std::move(this->deliver(std::move(deliver)));
  }
  /// Begins the name of each object that the run stores.
  RunOptions& prefix(std::string prefix) & {
    prefix_ = std::move(prefix);
    return *this;
  }
  RunOptions&& prefix(std::string prefix) && { return std::move(this->prefix(std::move(prefix))); }
  /// Where this name's object goes; default: a new name in the active store. In a store of the Storage.
  RunOptions& store_at(std::string name, Uri uri) & {
    places_.insert_or_assign(std::move(name), std::move(uri));
    return *this;
  }
  RunOptions&& store_at(std::string name, Uri uri) && { return std::move(store_at(std::move(name), std::move(uri))); }
  /// Commands run in folders of their own below it, which are gone at the end. Default: the system's folder for such.
  RunOptions& work_folder(std::filesystem::path folder) & {
    work_folder_ = std::move(folder);
    return *this;
  }
  RunOptions&& work_folder(std::filesystem::path folder) && { return std::move(work_folder(std::move(folder))); }
  /// "NAME=value": what commands get, less the credentials of stores. Default: this process's.
  RunOptions& environment(std::vector<std::string> entries) & {
    environment_ = std::move(entries);
    return *this;
  }
  RunOptions&& environment(std::vector<std::string> entries) && { return std::move(environment(std::move(entries))); }

 private:
  friend class Executor;
  friend class RunSetup;
  friend class RunClosing;
  bool overlap_ = true;
  bool live_ = false;
  bool reuse_ = false;
  std::shared_ptr<RunObserver> observer_;
  std::shared_ptr<WorkMeter> meter_;
  std::uint64_t inline_below_ = 1024;
  std::string run_id_;
  bool only_resumes_ = false;
  Keep keep_ = Keep::outputs;
  std::map<std::string, std::string> notes_;
  std::function<Task<>(const RunResult&)> deliver_;
  std::string prefix_;
  std::map<std::string, Uri> places_;
  std::filesystem::path work_folder_;
  std::optional<std::vector<std::string>> environment_;
};

static_assert(!std::is_aggregate_v<RunOptions> && !std::is_aggregate_v<RunInputs>);

/// What a run did.
struct RunResult {
  /// The run of this id had ended well before: this is its result, and nothing was run.
  bool ended_before = false;
  /// The pipeline's outputs, but for those that are absent.
  std::map<std::string, Stored> outputs;
  /// Outputs that all who could write them were skipped for.
  std::set<std::string> absent;
  /// Ingests first, then pipes, each in the order of the pipeline.
  std::vector<PipeReport> pipes;
  std::chrono::nanoseconds wall{0};
  /// Of everything on the Runtime while it ran. Nothing without a meter, or where storage was never in flight.
  std::optional<HiddenShare> hidden;
  /// Of all objects that it committed.
  std::uint64_t bytes_stored = 0;
  /// Of all contents that stayed in memory.
  std::uint64_t bytes_inline = 0;
  /// What all pipes were given.
  std::uint64_t bytes_read = 0;
  /// Read ahead for pipes that had to wait for something else.
  std::uint64_t bytes_ahead = 0;
  /// VmHWM of this process, commands apart; the pool's peak is part of it.
  std::size_t peak_memory = 0;
  /// The most bytes of buffers that the Runtime's pool ever held, also before the run.
  std::size_t peak_buffers = 0;
  std::vector<std::string> warnings;
  /// Pipes, and inputs to be stored, that an earlier attempt at this run has finished, and pipes of `taken`.
  std::vector<std::string> reused;
  /// Pipes whose outputs were taken from an earlier run, with its id.
  std::map<std::string, std::string> taken;
  /// Pipes that were skipped, and why.
  std::map<std::string, std::string> skipped;
};

/// Runs pipelines: loads what pipes read, stores what they write, in the order and with the overlap that the names
/// allow. Thread-safe, and any number of runs may go on at once.
class Executor {
 public:
  /// The Storage outlives it, and it the tasks of its runs.
  explicit Executor(Storage& storage);

  /// Runs it to its end. Error{invalid_argument} before anything starts where the pipeline has errors, an input is
  /// missing or unknown or a place to store at cannot be; Error{not_found} for an input that is not there. The first
  /// error cancels the rest and is thrown once all have ended, as Error{pipe_failed} that names the pipe, with its
  /// cause, and for a command with the last lines of its stderr as what the server said. Cancelling it ends all
  /// commands, and it throws Error{cancelled} once they have ended. Where it ends well, what RunOptions::keep() does
  /// not keep is removed; else what was committed stays. What was not is gone.
  Task<RunResult> co_run(Pipeline pipeline, RunInputs inputs, RunOptions options = {});

 private:
  Task<RunResult> co_do(Pipeline pipeline, RunInputs inputs, const RunOptions& options, RunEntry* entry);
  Storage& storage_;
};

}  // namespace coffer
