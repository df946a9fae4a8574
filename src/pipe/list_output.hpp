#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <coffer/stream/byte_sink.hpp>
#include <coffer/stream/byte_source.hpp>

#include "pipe/run_context.hpp"
#include "pipe/run_tally.hpp"

namespace coffer {

/// The writing end of a list of a run. Where it is dropped before its commit, readers of the list fail. Thread-safe but
/// for co_commit and co_discard, which come after all else.
class ListOutput {
 public:
  /// `run` outlives it; `position` is that of the list in the plan. Where it is not `seen`, nobody is told of it, and
  /// it may be written anew after it was discarded; who knows that its job has ended well completes the RunList.
  ListOutput(RunContext& run, std::size_t position, std::shared_ptr<RunTally> tally, bool seen);
  ListOutput(const ListOutput&) = delete;
  ListOutput& operator=(const ListOutput&) = delete;
  ~ListOutput();

  /// The place of the next element. Error{too_large}.
  std::size_t reserve() { return list_.reserve(); }
  /// Stores an element at its place. `type` is empty for that of the list; `source` outlives the task.
  Task<> co_store(std::size_t index, ByteSource& source, std::string type);
  /// An element that is stored already.
  void put(std::size_t index, Stored element);

  bool is_committed() const noexcept { return committed_.has_value(); }
  /// Stores the list's own object; readers come to their end, where it is seen.
  Task<Stored> co_commit();
  /// Removes what it stored, unless it is committed and complete. For a job that failed: errors are swallowed.
  Task<> co_discard();

 private:
  Task<> co_write_own_object();
  Task<> co_try_remove(Uri uri, RemoveOptions options);

  RunContext& run_;
  const std::size_t position_;
  RunList& list_;
  const std::shared_ptr<RunTally> tally_;
  const bool seen_;
  SinkPtr own_object_;
  std::optional<Stored> committed_;
};

}  // namespace coffer
