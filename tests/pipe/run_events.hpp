#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <coffer/async/task.hpp>
#include <coffer/pipe/run_observer.hpp>
#include <coffer/stream/byte_source.hpp>

#include "async/signal.hpp"

namespace coffer::test {

/// What a run told, one line an event: "started audio", "starving audio" (it has written, and lacks input), "paused
/// audio" (before another attempt), "first byte of sound", "committed sound", "finished audio", "failed audio:
/// cancelled". Thread-safe.
class RunEvents final : public RunObserver {
 public:
  void started(const std::string& pipe, std::chrono::nanoseconds, bool) noexcept override { add("started " + pipe); }
  void progressed(std::chrono::nanoseconds, std::span<const PipeProgress> running) noexcept override {
    for (const PipeProgress& pipe : running) {
      const std::string name(pipe.name);
      if (pipe.bytes_in > 0) add("moved in " + name);
      if (pipe.bytes_out > 0) add("moved out " + name);
      if (pipe.bytes_out > 0 && pipe.activity == PipeActivity::waits_for_input) add("starving " + name);
      if (pipe.activity == PipeActivity::waits_to_retry) add("paused " + name);
    }
  }
  void first_byte(const std::string& name, std::chrono::nanoseconds) noexcept override { add("first byte of " + name); }
  void committed(const std::string& name, const Stored&, std::chrono::nanoseconds) noexcept override {
    add("committed " + name);
  }
  void said(const std::string& pipe, std::string_view bytes) noexcept override {
    add(pipe + " said " + std::string(bytes));
  }
  void finished(const PipeReport& report) noexcept override { add("finished " + report.name); }
  void failed(const PipeReport& report, const Error& error) noexcept override {
    add("failed " + report.name + ": " + std::string(to_string(error.kind())));
  }
  void skipped(const std::string& pipe, std::string_view why, std::chrono::nanoseconds) noexcept override {
    add("skipped " + pipe + ": " + std::string(why));
  }
  void warned(std::string_view line) noexcept override { add("warned " + std::string(line)); }

  void add(std::string line) {
    {
      const std::lock_guard lock(mutex_);
      lines_.push_back(std::move(line));
    }
    changed_.notify_all();
  }

  /// The first line that begins so; nothing where there is none.
  std::optional<std::string> find(const std::string& begin) const {
    const std::lock_guard lock(mutex_);
    const auto line =
        std::ranges::find_if(lines_, [&](const std::string& candidate) { return candidate.starts_with(begin); });
    if (line == lines_.end()) return std::nullopt;
    return *line;
  }
  bool has(const std::string& begin) const { return find(begin).has_value(); }
  /// Both are there, and the first of the one comes before the first of the other.
  bool in_order(const std::string& first, const std::string& second) const {
    const std::lock_guard lock(mutex_);
    const auto begins = [](const std::string& text) {
      return [&text](const std::string& line) { return line.starts_with(text); };
    };
    const auto one = std::ranges::find_if(lines_, begins(first));
    const auto other = std::ranges::find_if(lines_, begins(second));
    return one < other && other != lines_.end();
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    std::string all;
    for (const std::string& line : lines_) all += line + "\n";
    return all;
  }

  /// Returns when there is such a line.
  Task<> co_seen(std::string begin) {
    for (;;) {
      const std::uint64_t seen = changed_.epoch();
      if (has(begin)) co_return;
      co_await changed_.co_wait(seen);
    }
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  Signal changed_;
};

/// A stream in pieces, each of which may wait for an event of the run.
class PacedSource final : public ByteSource {
 public:
  explicit PacedSource(std::shared_ptr<RunEvents> events) : events_(std::move(events)) {}

  PacedSource& gives(std::string bytes) {
    steps_.push_back({std::move(bytes), ""});
    return *this;
  }
  PacedSource& waits_for(std::string event) {
    steps_.push_back({"", std::move(event)});
    return *this;
  }
  PacedSource& fails(Error error) {
    failure_ = std::move(error);
    return *this;
  }

  const ObjectInfo& info() const override { return info_; }
  Task<std::optional<Chunk>> co_read(std::size_t at_most) override {
    while (next_ < steps_.size()) {
      Step& step = steps_[next_];
      if (!step.event.empty()) {
        co_await events_->co_seen(step.event);
      } else if (at_ < step.bytes.size()) {
        std::size_t size = step.bytes.size() - at_;
        if (at_most != 0) size = std::min(size, at_most);
        auto copy = std::make_shared<const std::string>(step.bytes.substr(at_, size));
        at_ += size;
        const auto bytes = std::as_bytes(std::span(*copy));
        Chunk chunk(std::move(copy), bytes);
        co_return chunk;
      }
      at_ = 0;
      ++next_;
    }
    if (failure_) throw Error(*failure_);
    co_return std::nullopt;
  }

 private:
  struct Step {
    std::string bytes;
    std::string event;
  };
  std::shared_ptr<RunEvents> events_;
  std::vector<Step> steps_;
  std::optional<Error> failure_;
  ObjectInfo info_;
  std::size_t next_ = 0;
  std::size_t at_ = 0;
};

}  // namespace coffer::test
