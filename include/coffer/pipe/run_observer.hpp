#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <coffer/base/error.hpp>
#include <coffer/base/object_info.hpp>

namespace coffer {

/// What a pipe or an ingest spends its time with.
enum class PipeActivity : std::uint8_t {
  waits_for_input,  ///< What it reads is not there yet.
  works,
  waits_for_output,  ///< What it wrote is being taken by the storage.
  waits_to_retry,    ///< It failed and is to run again: PipeSpec::retry.
};

/// How long it was at what, up to now.
struct PipeTimes {
  std::chrono::nanoseconds waited_for_input{0};
  std::chrono::nanoseconds worked{0};
  std::chrono::nanoseconds waited_for_output{0};
  std::chrono::nanoseconds waited_to_retry{0};
};

/// Where a pipe or ingest that runs is.
struct PipeProgress {
  std::string_view name;  ///< Valid during the call that tells it.
  bool is_ingest = false;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  /// Of a batch, that are done; of a pipe that fills a list, that are there; nothing for other pipes.
  std::optional<std::uint64_t> elements;
  /// Of how many; nothing where that is not known yet.
  std::optional<std::uint64_t> elements_total;
  PipeActivity activity = PipeActivity::works;  ///< At this moment.
  PipeTimes times;
};

/// What one pipe did, or an input that was stored from outside. Times count from the start of the run.
struct PipeReport {
  std::string name;
  /// An input of the pipeline that is stored while others read it, and no pipe.
  bool is_ingest = false;
  std::chrono::nanoseconds started{0};
  /// When the first byte of any of its outputs could be read; nothing where there was none.
  std::optional<std::chrono::nanoseconds> first_output;
  std::chrono::nanoseconds ended{0};
  /// Of all attempts, where there were several.
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  /// All zero where the run has no observer and reads nothing ahead.
  PipeTimes times;
  /// That a batch is done with, or that a pipe put into a list; nothing for other pipes.
  std::optional<std::uint64_t> elements;
  bool failed = false;
};

/// Is told how a run goes. Called from one thread at a time, not always the same; returns soon, never throws and never
/// calls the executor. Times count from the start of the run.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void started(const std::string& /*pipe*/, std::chrono::nanoseconds /*at*/, bool /*is_ingest*/) noexcept {}
  /// Where each pipe and ingest that runs is: ten times a second, more often in the first seconds.
  virtual void progressed(std::chrono::nanoseconds /*at*/, std::span<const PipeProgress> /*running*/) noexcept {}
  /// The first byte of this name can be read; of a list, its first element.
  virtual void first_byte(const std::string& /*name*/, std::chrono::nanoseconds /*at*/) noexcept {}
  virtual void committed(const std::string& /*name*/, const Stored& /*stored*/,
                         std::chrono::nanoseconds /*at*/) noexcept {}
  /// What a command writes to stderr, as it is: untrusted.
  virtual void said(const std::string& /*pipe*/, std::string_view /*bytes*/) noexcept {}
  virtual void finished(const PipeReport& /*report*/) noexcept {}
  /// Also of pipes that were cancelled because another failed: then the error is of kind cancelled. Not of pipes that
  /// never started.
  virtual void failed(const PipeReport& /*report*/, const Error& /*error*/) noexcept {}
  /// One line for people.
  virtual void warned(std::string_view /*line*/) noexcept {}
  /// A run that has an id is written down: from here on it can be resumed.
  virtual void began(const std::string& /*run*/) noexcept {}
  /// A pipe, or an input to be stored, that an earlier attempt at this run has finished: it is not done again.
  virtual void reused(const std::string& /*pipe*/) noexcept {}
  /// A batch that an earlier attempt had not finished, of which so many elements are not done again: before it starts,
  /// or before it ends where its list was made again and they turned out to hold the same.
  virtual void resumed(const std::string& /*pipe*/, std::size_t /*elements*/) noexcept {}
  /// One that an earlier attempt has finished and that is done again, because: "its program /usr/bin/x has changed".
  virtual void again(const std::string& /*pipe*/, std::string_view /*why*/) noexcept {}
  /// What a pipe writes was taken from an earlier run (RunOptions::reuse).
  virtual void taken(const std::string& /*pipe*/, const std::string& /*run*/) noexcept {}
  /// It is run, because: "its input 'text' is another one now". Only with RunOptions::reuse.
  virtual void not_taken(const std::string& /*pipe*/, std::string_view /*why*/) noexcept {}
  /// A pipe that is not run, because its condition does not hold, or what it reads is absent: "kind is 'a' and not
  /// 'b'". Untrusted: it has a part of the content.
  virtual void skipped(const std::string& /*pipe*/, std::string_view /*why*/,
                       std::chrono::nanoseconds /*at*/) noexcept {}
};

}  // namespace coffer
