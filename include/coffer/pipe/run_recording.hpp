#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <coffer/observe/work_meter.hpp>
#include <coffer/pipe/run_observer.hpp>

namespace coffer {

/// What a run did over time: what pictures of it are drawn from. Times count from its start.
struct RunRecording {
  /// What a pipe or ingest moved and did, from where the sample before ends (the first: from its start).
  struct LaneSample {
    std::chrono::nanoseconds until{0};
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    PipeTimes times;
  };

  enum class State : std::uint8_t {
    never_started,
    reused,   ///< It was done before: by an earlier attempt at the run, or an earlier run.
    skipped,  ///< Its condition did not hold, or what it reads is absent.
    running,
    finished,
    failed,
    cancelled,
  };

  /// How the run as a whole ended, its delivery too.
  enum class Outcome : std::uint8_t {
    running,  ///< Its end was not told.
    succeeded,
    ended_before,  ///< It had ended well before, and nothing was run: RunResult::ended_before.
    failed,
    cancelled,
  };

  /// A pipe or an ingest.
  struct Lane {
    PipeReport report;
    State state = State::never_started;
    /// Names of the pipeline.
    std::vector<std::string> reads;
    std::vector<std::string> writes;
    std::vector<LaneSample> samples;
    /// Why it failed; untrusted, for it has the last words of a command.
    std::string error;
    /// Why it was skipped; untrusted, for it has a part of a content.
    std::string why_skipped;

    /// Whether it did anything in this run.
    bool has_run() const noexcept {
      return state != State::never_started && state != State::reused && state != State::skipped;
    }
    /// Whether it has nothing left to do.
    bool is_done() const noexcept {
      return state == State::finished || state == State::reused || state == State::skipped;
    }
  };

  /// What the pipeline gives a name.
  struct Object {
    std::string name;
    std::optional<std::chrono::nanoseconds> first_byte;
    std::optional<std::chrono::nanoseconds> committed;
    std::uint64_t size = 0;
    std::string uri;  ///< As Uri::text() gives it; empty where the content stayed in memory.
  };

  /// What storage devices moved, from where the sample before ends (the first: from the run's start).
  struct StorageSample {
    std::chrono::nanoseconds until{0};
    std::uint64_t bytes_read = 0;
    std::uint64_t bytes_written = 0;
  };

  std::string pipeline;
  Outcome outcome = Outcome::running;
  /// Why it failed; untrusted, as a lane's.
  std::string error;
  std::chrono::system_clock::time_point started;
  std::chrono::nanoseconds wall{0};
  /// Ingests first, then pipes in the order of the pipeline.
  std::vector<Lane> lanes;
  /// In the order in which they were begun.
  std::vector<Object> objects;
  /// Empty without a meter.
  std::vector<StorageSample> storage;
  std::optional<HiddenShare> hidden;
  std::uint64_t bytes_stored = 0;
  std::uint64_t bytes_read = 0;
  /// See RunResult.
  std::uint64_t bytes_ahead = 0;
  /// 0 where unknown.
  std::size_t peak_memory = 0;
  std::size_t peak_buffers = 0;

  bool has_succeeded() const noexcept { return outcome == Outcome::succeeded || outcome == Outcome::ended_before; }
  /// The lane of the pipe that failed the run; null where no pipe did: a run may also fail before and after its pipes.
  const Lane* failed_lane() const noexcept;
};

/// A part of a run's time, and what the run waited for in it.
struct CriticalStep {
  std::size_t lane = 0;  ///< Its position in RunRecording::lanes.
  std::chrono::nanoseconds from{0};
  std::chrono::nanoseconds until{0};
};

/// What the run's end waited for, in the order of time, without gaps: what ended last (or failed the run), before it
/// the writer of that input of its which was committed last, and so on back to the start. To end sooner, a run has to
/// shorten one of these.
std::vector<CriticalStep> critical_path(const RunRecording& recording);

}  // namespace coffer
