#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <coffer/async/task.hpp>

namespace coffer {

/// Who writes to a run's journal.
struct RunHolder {
  /// Drawn anew for each claim; in every segment that was written under it. Empty where who holds the run has not said
  /// so yet, or cannot: its disk is full.
  std::string token;
  std::int64_t pid = 0;
  /// Of that process, in ticks since the machine's start: a number is given again. 0 where it is not known.
  std::int64_t start_time = 0;
  std::string host;
  /// Of the machine's start, where it says: a pid means nothing after it.
  std::string boot;
  std::chrono::system_clock::time_point since;
};

/// Some of a run's journal, as it is kept.
struct JournalSegment {
  std::uint32_t number = 0;
  std::string bytes;
};

/// Says that another run needs an object of this one.
struct RunPin {
  std::string by;    ///< The run that needs it.
  std::string name;  ///< Of its input.
  /// Of the object, in the store that the journals are in; one that ends in '/' is for all below it.
  std::string key;
};

/// Where a segment may go.
enum class SegmentRoom : std::uint8_t {
  free,  ///< Where there is room.
  kept,  ///< Where there is none, into what is kept for what frees room.
};

/// The right to write to a run's journal, held by one process at a time until this is dropped or the process ends. One
/// call at a time.
class RunClaim {
 public:
  RunClaim() = default;
  RunClaim(const RunClaim&) = delete;
  RunClaim& operator=(const RunClaim&) = delete;
  virtual ~RunClaim() = default;

  virtual const RunHolder& holder() const noexcept = 0;
  /// Makes a segment with these bytes, durably: what is appended goes there. Error{conflict} where it is there,
  /// Error{no_space} on a full disk.
  virtual Task<> co_begin_segment(std::uint32_t number, std::string bytes, SegmentRoom room) = 0;
  /// What is appended survives this process, and with `flush` a power cut too. After an Error the segment may end in a
  /// part of it, and nothing more can be appended.
  virtual Task<> co_append(std::string bytes, bool flush) = 0;
  /// Removes the journal and the pins on the run; the claim is good for nothing more. Where a kill interrupts it, the
  /// run is gone or whole.
  virtual Task<> co_remove() = 0;
};

/// Where runs keep their journals: a folder for each run's segments and the pins on it. Thread-safe. Names of runs are
/// as `is_run_id` has them; calls throw Error.
class JournalStore {
 public:
  JournalStore() = default;
  JournalStore(const JournalStore&) = delete;
  JournalStore& operator=(const JournalStore&) = delete;
  virtual ~JournalStore() = default;

  /// All runs, in byte order.
  virtual Task<std::vector<std::string>> co_runs() = 0;
  /// The segments that are there, by number; none where there is no such run. May be read while others write.
  virtual Task<std::vector<JournalSegment>> co_read(std::string run) = 0;
  /// Who holds the run; nothing where nobody does.
  virtual Task<std::optional<RunHolder>> co_holder(std::string run) = 0;
  /// Makes the run where it is not there and `make` says so; null where it is not there. Error{conflict} that names who
  /// holds it.
  virtual Task<std::unique_ptr<RunClaim>> co_claim(std::string run, bool make) = 0;

  /// Durable once it returns; replaces one of the same `by` and `name`. Error{not_found} where there is no such run.
  virtual Task<> co_pin(std::string run, RunPin pin) = 0;
  /// Idempotent.
  virtual Task<> co_unpin(std::string run, RunPin pin) = 0;
  virtual Task<std::vector<RunPin>> co_pins(std::string run) = 0;
  /// Takes off what the run `by` has pinned of any other, but for pins of these names. Idempotent.
  virtual Task<> co_unpin_all(std::string by, std::set<std::string> needed) = 0;

  /// Removes what interrupted removals left of runs; how many there were.
  virtual Task<std::size_t> co_sweep(bool dry_run) = 0;
};

/// Whether it can be a run's id: a letter, a digit or '_', then the same and '-', at most 64 in all.
bool is_run_id(std::string_view text) noexcept;
/// Error{invalid_argument} where it cannot.
void check_run_id(std::string_view text);

}  // namespace coffer
