#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include <coffer/pipe/run_observer.hpp>

#include "pipe/activity_clock.hpp"

namespace coffer {

/// What one pipe or ingest moves, counted while it runs. The counts are thread-safe; the times belong to its job.
struct RunTally {
  static constexpr std::int64_t never = -1;

  /// `clock` outlives it.
  RunTally(std::string of, bool ingests, const Clock& clock, bool lists = false)
      : name(std::move(of)), is_ingest(ingests), has_elements(lists), activity(clock) {}

  const std::string name;
  const bool is_ingest;
  const bool has_elements;
  std::chrono::nanoseconds started{0};
  std::chrono::nanoseconds ended{0};
  std::atomic<std::uint64_t> bytes_in = 0;
  std::atomic<std::uint64_t> bytes_out = 0;
  std::atomic<std::int64_t> first_output = never;  ///< Nanoseconds since the start of the run.
  std::atomic<std::uint64_t> elements = 0;         ///< That a batch is done with, or a list has got.
  std::atomic<std::int64_t> elements_total = -1;   ///< -1 while unknown.
  ActivityClock activity;                          ///< Goes while it runs.

  void gave_output(std::chrono::nanoseconds at) noexcept {
    std::int64_t none = never;
    first_output.compare_exchange_strong(none, at.count());
  }

  PipeReport report(bool failed) const {
    PipeReport report;
    report.name = name;
    report.is_ingest = is_ingest;
    report.started = started;
    report.ended = ended;
    if (const std::int64_t first = first_output; first != never) report.first_output = std::chrono::nanoseconds(first);
    report.bytes_in = bytes_in;
    report.bytes_out = bytes_out;
    report.times = activity.times();
    if (has_elements) report.elements = elements;
    report.failed = failed;
    return report;
  }
  PipeProgress progress() const {
    PipeProgress progress;
    progress.name = name;
    progress.is_ingest = is_ingest;
    progress.bytes_in = bytes_in;
    progress.bytes_out = bytes_out;
    if (has_elements) progress.elements = elements;
    if (const std::int64_t total = elements_total; total >= 0)
      progress.elements_total = static_cast<std::uint64_t>(total);
    progress.activity = activity.now();
    progress.times = activity.times();
    return progress;
  }
};

}  // namespace coffer
