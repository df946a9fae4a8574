#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <coffer/async/runtime.hpp>
#include <coffer/base/error.hpp>
#include <coffer/storage/journal_store.hpp>

#include "async/signal.hpp"
#include "pipe/journal_records.hpp"
#include "pipe/run_history.hpp"

namespace coffer {

/// Writes the journal of one run, which it holds, as a shared_ptr. Thread-safe; deaf to cancellation: what
/// has happened is written down.
class RunJournal : public std::enable_shared_from_this<RunJournal> {
 public:
  RunJournal(Runtime& runtime, std::string run, std::unique_ptr<RunClaim> claim)
      : runtime_(runtime), run_(std::move(run)), claim_(std::move(claim)) {}

  const std::string& run() const noexcept { return run_; }
  const RunHolder& holder() const noexcept { return claim_->holder(); }
  RunClaim& claim() noexcept { return *claim_; }
  JournalTime now() const { return runtime_.clock().now(); }

  /// Makes the segment behind what `history` has read. Once, first.
  Task<> co_begin(const RunHistory& history, SegmentRoom room = SegmentRoom::free);
  /// Survives the end of this process once it returns.
  Task<> co_write(JournalRecord record) { return co_written(add(record, false), false); }
  /// Survives a power cut once it returns; all that wait share one flush.
  Task<> co_write_durably(JournalRecord record) { return co_durable(add(record, true)); }

  /// The same in two steps: what is added later stands behind it. Returns what co_durable() waits for.
  std::uint64_t add(const JournalRecord& record) { return add(record, true); }
  Task<> co_durable(std::uint64_t added) { return co_written(added, true); }

  /// Lets go of the run, once all is written that was added: others may take it as soon as it returns. Once, last.
  Task<> co_close();

 private:
  std::uint64_t add(const JournalRecord& record, bool durable);
  Task<> co_written(std::uint64_t end, bool durable);
  struct Work {
    std::string bytes;
    bool flush = false;
    std::uint64_t end = 0;
  };
  std::optional<Work> next_work();
  void done(const Work& work, std::optional<Error> failed);
  static Task<> co_work_off(std::shared_ptr<RunJournal> self);

  Runtime& runtime_;
  const std::string run_;
  std::unique_ptr<RunClaim> claim_;
  std::mutex mutex_;
  std::string waiting_;  // Frames that are not written yet.
  bool flush_wanted_ = false;
  bool working_ = false;
  std::uint64_t added_ = 0;  // Bytes of all frames so far.
  std::uint64_t written_ = 0;
  std::uint64_t durable_ = 0;
  std::optional<Error> failed_;
  Signal progress_;
};

}  // namespace coffer
