#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <coffer/base/result.hpp>
#include <coffer/base/uri.hpp>
#include <coffer/storage/journal_store.hpp>

#include "pipe/journal_format.hpp"
#include "pipe/journal_records.hpp"

namespace coffer {

/// What a run's journal comes to.
struct RunHistory {
  std::string run;
  /// Nothing where the run was killed before it had begun.
  std::optional<RunBegun> begun;  ///< The last time.
  JournalTime first_begun;
  JournalTime last_change;
  /// Who wrote to it, in order.
  std::vector<RunHolder> holders;
  /// Where commands of any of them worked.
  std::vector<std::string> work_folders;
  std::map<std::string, InputStored> stored;     ///< By the input's name.
  std::map<std::string, PipeFinished> finished;  ///< By the pipe's name.
  std::map<std::string, PipeSkipped> skipped;    ///< By the pipe's name.
  /// Lists that pipes had made and that count no more: where somebody has given them a place, they lie there still.
  std::vector<RunObject> lists_given_up;
  /// Of a batch that is not finished.
  struct Batch {
    BatchBegun begun;
    std::map<std::uint64_t, ElementFinished> elements;  ///< By index.
  };
  std::map<std::string, Batch> batches;  ///< By the pipe's name.
  std::map<ContentName, ContentHashed> hashed;
  std::vector<CommandStarted> started;
  std::optional<RunFinished> completed;
  /// Nothing that goes is left of it. It changes nothing of the run.
  bool is_tidied = false;
  /// The last time; nothing once it was resumed.
  std::optional<RunFailed> failed;
  std::optional<RunDisposing> disposing;
  // Of the segment to be written next.
  std::uint32_t next_number = 1;
  std::uint64_t next_after = 0;
};

/// Reads a whole journal. All that lies in the store has the name that it has by the URI that the store is opened by
/// now. Error{corrupt} that names the place; Error{unsupported} for one of a newer Coffer.
Result<RunHistory> replay_journal(std::string_view run, std::span<const JournalSegment> segments, const Uri& store);

}  // namespace coffer
