#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <coffer/base/error.hpp>
#include <coffer/base/object_info.hpp>

namespace coffer {

/// What one pipe did, or an input that was stored from outside. Times count from the start of the run.
struct PipeReport {
  std::string name;
  /// An input of the pipeline that is stored while others read it, and no pipe.
  bool is_ingest = false;
  std::chrono::nanoseconds started{0};
  /// When the first byte of any of its outputs could be read; nothing where there was none.
  std::optional<std::chrono::nanoseconds> first_output;
  std::chrono::nanoseconds ended{0};
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  bool failed = false;
};

/// Is told how a run goes. Called from one thread at a time, not always the same; returns soon, never throws and never
/// calls the executor. Times count from the start of the run.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void started(const std::string& /*pipe*/, std::chrono::nanoseconds /*at*/, bool /*is_ingest*/) noexcept {}
  /// Bytes so far, several times a second.
  virtual void moved(const std::string& /*pipe*/, std::uint64_t /*bytes_in*/, std::uint64_t /*bytes_out*/) noexcept {}
  /// The first byte of this name can be read.
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
};

}  // namespace coffer
