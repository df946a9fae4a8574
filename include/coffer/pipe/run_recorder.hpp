#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include <coffer/base/clock.hpp>
#include <coffer/observe/work_meter.hpp>
#include <coffer/pipe/pipeline.hpp>
#include <coffer/pipe/run_observer.hpp>
#include <coffer/pipe/run_recording.hpp>

namespace coffer {

struct RunResult;

/// Records one run as its observer. Its memory does not grow with the length of the run: a lane that has too many
/// samples keeps half as many, of twice the length. What happens while memory is out is missed. Thread-safe.
class RunRecorder final : public RunObserver {
 public:
  /// Samples of one lane, and of the storage.
  static constexpr std::size_t most_samples = 400;

  /// `meter`: the one that the run is given; without it there is no storage in the recording. Made when the run starts.
  explicit RunRecorder(const Pipeline& pipeline, std::shared_ptr<const WorkMeter> meter = nullptr,
                       std::shared_ptr<const Clock> clock = nullptr);
  ~RunRecorder() override;
  RunRecorder(const RunRecorder&) = delete;
  RunRecorder& operator=(const RunRecorder&) = delete;

  void started(const std::string& pipe, std::chrono::nanoseconds at, bool is_ingest) noexcept override;
  void progressed(std::chrono::nanoseconds at, std::span<const PipeProgress> running) noexcept override;
  void first_byte(const std::string& name, std::chrono::nanoseconds at) noexcept override;
  void committed(const std::string& name, const Stored& stored, std::chrono::nanoseconds at) noexcept override;
  void finished(const PipeReport& report) noexcept override;
  void failed(const PipeReport& report, const Error& error) noexcept override;
  void reused(const std::string& pipe) noexcept override;
  void taken(const std::string& pipe, const std::string& /*run*/) noexcept override { reused(pipe); }
  void skipped(const std::string& pipe, std::string_view why, std::chrono::nanoseconds at) noexcept override;

  /// What the Executor returned.
  void ended(const RunResult& result);
  /// What it threw instead, or what made the run worthless after it: the last that is told counts.
  void ended(const Error& error);
  /// All so far.
  RunRecording recording() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace coffer
