#pragma once

#include <memory>
#include <string>

#include <coffer/observe/span_observer.hpp>
#include <coffer/pipe/pipeline.hpp>
#include <coffer/pipe/run_observer.hpp>

namespace coffer {

/// Tells a run as spans: "coffer.run", in it a "coffer.pipe" or "coffer.ingest" for each, and in that a "coffer.store"
/// for each object from its first byte to its commit. Attributes: coffer.pipeline.name, coffer.pipe.name,
/// coffer.pipe.bytes_in, coffer.pipe.bytes_out, coffer.object.name, coffer.object.size, url.full (without secrets, as
/// Uri::text() gives it), error.type. Thread-safe.
class RunSpans final : public RunObserver {
 public:
  using Span = SpanObserver::Span;

  /// The run's span begins here and ends with ended(), or with this object: then as the first pipe that failed, and
  /// well where none did. It lies in `parent`.
  RunSpans(std::shared_ptr<SpanObserver> observer, const Pipeline& pipeline, Span parent = 0);
  RunSpans(const RunSpans&) = delete;
  RunSpans& operator=(const RunSpans&) = delete;
  ~RunSpans() override;

  void started(const std::string& pipe, std::chrono::nanoseconds at, bool is_ingest) noexcept override;
  void first_byte(const std::string& name, std::chrono::nanoseconds at) noexcept override;
  void committed(const std::string& name, const Stored& stored, std::chrono::nanoseconds at) noexcept override;
  void finished(const PipeReport& report) noexcept override;
  void failed(const PipeReport& report, const Error& error) noexcept override;

  /// The run has ended: well, or with what the Executor threw.
  void ended(const Error* error = nullptr) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace coffer
