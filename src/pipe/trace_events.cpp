#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <coffer/pipe/run_pictures.hpp>

#include "pipe/outside_text.hpp"

namespace coffer {
namespace {

using std::chrono::nanoseconds;
using Lane = RunRecording::Lane;

// Processes of the trace.
constexpr int pipes_process = 1;
constexpr int path_process = 2;
constexpr int storage_process = 3;

/// One event, {"name":…,"ph":…,"pid":…,"tid":…,…}.
class Event {
 public:
  Event(std::string_view name, char phase, int process, std::size_t thread) {
    text_ = "{\"name\":" + json_text(name) + ",\"ph\":\"" + phase + "\",\"pid\":" + std::to_string(process) +
            ",\"tid\":" + std::to_string(thread);
  }

  Event& category(std::string_view name) {
    text_ += ",\"cat\":" + json_text(name);
    return *this;
  }
  Event& at(nanoseconds time) { return number("ts", micros(time)); }
  Event& lasts(nanoseconds time) { return number("dur", micros(std::max(time, nanoseconds(0)))); }
  Event& on_its_thread() {
    text_ += ",\"s\":\"t\"";
    return *this;
  }
  Event& on_its_process() {
    text_ += ",\"s\":\"p\"";
    return *this;
  }
  Event& argument(std::string_view name, std::string_view value) { return argument_text(name, json_text(value)); }
  Event& argument(std::string_view name, std::uint64_t value) { return argument_text(name, std::to_string(value)); }

  std::string text() const { return text_ + (arguments_.empty() ? "" : ",\"args\":{" + arguments_ + "}") + "}"; }

 private:
  /// Microseconds, as exact as the clock.
  static std::string micros(nanoseconds time) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%lld.%03lld", static_cast<long long>(time.count() / 1000),
                  static_cast<long long>(time.count() % 1000));
    return text.data();
  }
  Event& number(std::string_view name, const std::string& value) {
    text_ += "," + json_text(name) + ":" + value;
    return *this;
  }
  Event& argument_text(std::string_view name, const std::string& value) {
    if (!arguments_.empty()) arguments_ += ",";
    arguments_ += json_text(name) + ":" + value;
    return *this;
  }

  std::string text_;
  std::string arguments_;
};

std::string_view outcome_words(RunRecording::Outcome outcome) {
  switch (outcome) {
    case RunRecording::Outcome::running:
      break;
    case RunRecording::Outcome::succeeded:
      return "the run succeeded";
    case RunRecording::Outcome::ended_before:
      return "the run had ended well before";
    case RunRecording::Outcome::failed:
      return "the run failed";
    case RunRecording::Outcome::cancelled:
      return "the run was cancelled";
  }
  return "the run has not ended";
}

std::string_view activity_of(const RunRecording::LaneSample& sample) {
  const PipeTimes& times = sample.times;
  const std::array<std::pair<nanoseconds, std::string_view>, 4> shares = {{
      {times.worked, "works"},
      {times.waited_for_input, "waits for input"},
      {times.waited_for_output, "waits for storage"},
      {times.waited_to_retry, "waits to try again"},
  }};
  return std::ranges::max_element(shares, {}, [](const auto& share) { return share.first; })->second;
}

class Trace {
 public:
  explicit Trace(RunRecording recording) : run_(std::move(recording)) {
    for (const RunRecording::Object& object : run_.objects) {
      if (object.committed) stored_.emplace(object.name, &object);
    }
  }

  /// The head, each lane, the end; then nothing.
  std::string next() {
    const std::size_t part = part_++;
    if (part > run_.lanes.size() + 1) return "";
    if (part == 0) {
      add_processes();
      add_path();
      add_outcome();
      return "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n" + take();
    }
    if (part <= run_.lanes.size()) {
      add_lane(part);
      return take();
    }
    add_storage();
    return take() + "\n]}\n";
  }

 private:
  void add(const Event& event) {
    if (std::exchange(has_any_, true)) events_ += ",\n";
    events_ += event.text();
  }
  std::string take() { return std::exchange(events_, std::string()); }

  void add_processes() {
    const std::string pipeline = run_.pipeline.empty() ? "pipes" : run_.pipeline;
    add(Event("process_name", 'M', pipes_process, 0).argument("name", pipeline));
    add(Event("process_name", 'M', path_process, 0).argument("name", "critical path"));
    add(Event("process_name", 'M', storage_process, 0).argument("name", "storage"));
    for (const int process : {pipes_process, path_process, storage_process}) {
      add(Event("process_sort_index", 'M', process, 0).argument("sort_index", static_cast<std::uint64_t>(process)));
    }
  }

  void add_path() {
    for (const CriticalStep& step : critical_path(run_)) {
      add(Event(run_.lanes[step.lane].report.name, 'X', path_process, 1)
              .category("critical path")
              .at(step.from)
              .lasts(step.until - step.from));
    }
  }

  void add_outcome() {
    Event end(outcome_words(run_.outcome), 'i', pipes_process, 0);
    end.category("run").at(run_.wall).on_its_process().argument("pipeline", run_.pipeline);
    if (!run_.error.empty()) end.argument("error", run_.error);
    add(end);
  }

  /// A thread; threads count from 1.
  void add_lane(std::size_t thread) {
    const Lane& lane = run_.lanes[thread - 1];
    const PipeReport& report = lane.report;
    add(Event("thread_name", 'M', pipes_process, thread).argument("name", report.name));
    add(Event("thread_sort_index", 'M', pipes_process, thread).argument("sort_index", std::uint64_t{thread}));
    if (lane.state == RunRecording::State::skipped) {
      add(Event(report.name, 'i', pipes_process, thread)
              .category("skipped")
              .at(nanoseconds(0))
              .on_its_thread()
              .argument("why", lane.why_skipped));
    }
    if (lane.state == RunRecording::State::reused) {
      add(Event(report.name, 'i', pipes_process, thread).category("done before").at(nanoseconds(0)).on_its_thread());
    }
    if (!lane.has_run()) return;
    Event whole(report.name, 'X', pipes_process, thread);
    whole.category(report.is_ingest ? "ingest" : "pipe").at(report.started).lasts(report.ended - report.started);
    whole.argument("bytes_in", report.bytes_in).argument("bytes_out", report.bytes_out);
    if (!lane.error.empty()) whole.argument("error", lane.error);
    if (lane.state == RunRecording::State::cancelled) whole.argument("error", "cancelled");
    add(whole);
    add_activities(lane, thread);
    add_counters(lane);
    for (const std::string& name : lane.writes) {
      const auto object = stored_.find(name);
      if (object != stored_.end()) add_commit(*object->second, thread);
    }
  }

  /// Inside the slice of the whole lane.
  void add_activities(const Lane& lane, std::size_t thread) {
    nanoseconds from = lane.report.started;
    for (std::size_t i = 0; i < lane.samples.size(); ++i) {
      const std::string_view activity = activity_of(lane.samples[i]);
      const bool goes_on = i + 1 < lane.samples.size() && activity_of(lane.samples[i + 1]) == activity;
      if (goes_on) continue;
      const nanoseconds until = lane.samples[i].until;
      add(Event(activity, 'X', pipes_process, thread).category("activity").at(from).lasts(until - from));
      from = until;
    }
  }

  void add_counters(const Lane& lane) {
    const std::string name = lane.report.name + " bytes";
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    for (const RunRecording::LaneSample& sample : lane.samples) {
      bytes_in += sample.bytes_in;
      bytes_out += sample.bytes_out;
      add(Event(name, 'C', pipes_process, 0).at(sample.until).argument("in", bytes_in).argument("out", bytes_out));
    }
  }

  void add_commit(const RunRecording::Object& object, std::size_t thread) {
    Event event("stored " + object.name, 'i', pipes_process, thread);
    event.category("object").at(*object.committed).on_its_thread().argument("bytes", object.size);
    if (!object.uri.empty()) event.argument("uri", object.uri);
    add(event);
  }

  void add_storage() {
    std::uint64_t read = 0;
    std::uint64_t written = 0;
    for (const RunRecording::StorageSample& sample : run_.storage) {
      read += sample.bytes_read;
      written += sample.bytes_written;
      add(Event("storage bytes", 'C', storage_process, 0)
              .at(sample.until)
              .argument("read", read)
              .argument("written", written));
    }
  }

  const RunRecording run_;
  std::map<std::string, const RunRecording::Object*> stored_;
  std::string events_;
  bool has_any_ = false;
  std::size_t part_ = 0;
};

}  // namespace

TextParts trace_events(RunRecording recording) {
  return [trace = std::make_shared<Trace>(std::move(recording))] { return trace->next(); };
}

}  // namespace coffer
