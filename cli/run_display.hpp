#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <coffer/pipe/pipeline.hpp>
#include <coffer/pipe/run_observer.hpp>

#include "cli/console.hpp"
#include "cli/run_rows.hpp"

namespace coffer::cli {

/// Shows a run while it goes on: a line when a pipe starts, ends or fails, and what commands say; on a terminal, below
/// it a line for each that runs, then for each that waits to start. As JSON lines too where asked for.
class RunDisplay final : public RunObserver {
 public:
  /// `give_up` is called once, where the reader of the JSON lines has left: the run is for nobody. Any thread, under
  /// the display's own lock.
  RunDisplay(Console& console, const Pipeline& pipeline, std::function<void()> give_up);
  RunDisplay(const RunDisplay&) = delete;
  RunDisplay& operator=(const RunDisplay&) = delete;
  ~RunDisplay() override;

  /// Takes the lines of running pipes away, for good.
  void stop();

  bool gave_up();
  /// Whether the run can be resumed.
  bool has_begun();
  /// Throws what the first JSON line that could not be written failed with.
  void check_output();

  void started(const std::string& pipe, std::chrono::nanoseconds at, bool is_ingest) noexcept override;
  void progressed(std::chrono::nanoseconds at, std::span<const PipeProgress> all) noexcept override;
  void committed(const std::string& name, const Stored& stored, std::chrono::nanoseconds at) noexcept override;
  void said(const std::string& pipe, std::string_view bytes) noexcept override;
  void finished(const PipeReport& report) noexcept override;
  void failed(const PipeReport& report, const Error& error) noexcept override;
  void warned(std::string_view line) noexcept override;
  void began(const std::string& run) noexcept override;
  void reused(const std::string& pipe) noexcept override;
  void resumed(const std::string& pipe, std::size_t elements) noexcept override;
  void again(const std::string& pipe, std::string_view why) noexcept override;
  void taken(const std::string& pipe, const std::string& run) noexcept override;
  void not_taken(const std::string& pipe, std::string_view why) noexcept override;
  void skipped(const std::string& pipe, std::string_view why, std::chrono::nanoseconds at) noexcept override;

 private:
  struct Running {
    RunRow row;
    bool is_ingest = false;
    PipeActivity activity = PipeActivity::waits_for_input;
    RecentRate rate;
    std::chrono::steady_clock::time_point started;
    std::string unfinished;  ///< What it said since its last line break.
  };
  using Names = std::vector<std::string>;
  struct Pipe {
    std::string name;
    Names reads;
    Names writes;
    bool has_started = false;
  };
  void say(std::chrono::nanoseconds at, const std::string& words);
  void done_elsewhere(const std::string& pipe);
  void redraw();
  std::string rows();
  std::vector<RunRow> all_rows();
  Running* find(const std::string& pipe, bool is_ingest);
  Pipe* known(const std::string& pipe);
  Names missing(const Pipe& pipe) const;
  void ended(const PipeReport& report);
  void tell(const JsonObject& line);
  void report(const char* event, const PipeReport& report, const Error* error);

  Console& console_;
  const bool draws_;
  std::mutex mutex_;
  std::vector<Running> running_;  // In the order of their start.
  std::vector<Pipe> pipes_;       // In the order of the pipeline.
  std::unordered_map<std::string, std::size_t> places_;
  std::unordered_set<std::string> incomplete_;            // What the run writes and has not committed.
  std::unordered_map<std::string, std::size_t> writers_;  // How many may still write a name.
  std::function<void()> give_up_;
  std::exception_ptr output_failed_;
  std::condition_variable wake_;
  bool stopped_ = false;
  bool has_begun_ = false;
  std::thread thread_;
};

/// Whole lines, each with its break, of what was said before and now; the rest stays in `unfinished`. A carriage return
/// begins a line anew, as on a terminal. Lines longer than 4 KiB are broken.
std::string lines_said(std::string& unfinished, std::string_view bytes);

}  // namespace coffer::cli
