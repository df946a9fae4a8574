#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include <coffer/pipe/run_observer.hpp>

#include "cli/console.hpp"

namespace coffer::cli {

/// Shows a run while it goes on: a line when a pipe starts, ends or fails; on a terminal, how far the running ones are
/// below it. As JSON lines where asked for.
class RunDisplay final : public RunObserver {
 public:
  explicit RunDisplay(Console& console);

  void started(const std::string& pipe, std::chrono::nanoseconds at, bool is_ingest) noexcept override;
  void moved(const std::string& pipe, std::uint64_t bytes_in, std::uint64_t bytes_out) noexcept override;
  void committed(const std::string& name, const Stored& stored, std::chrono::nanoseconds at) noexcept override;
  void finished(const PipeReport& report) noexcept override;
  void failed(const PipeReport& report, const Error& error) noexcept override;
  void warned(std::string_view line) noexcept override;

 private:
  struct Row {
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
  };
  void say(std::chrono::nanoseconds at, const std::string& words);
  void draw();
  void report(const char* event, const PipeReport& report, const Error* error);

  Console& console_;
  const bool draws_;
  std::mutex mutex_;
  std::map<std::string, Row> running_;
  std::chrono::steady_clock::time_point drawn_;
};

}  // namespace coffer::cli
