#include <algorithm>
#include <exception>
#include <mutex>
#include <unordered_map>
#include <utility>

#include <coffer/pipe/executor.hpp>
#include <coffer/pipe/run_recorder.hpp>

#include "pipe/sample_series.hpp"

namespace coffer {
namespace {

using std::chrono::nanoseconds;

PipeTimes& operator+=(PipeTimes& times, const PipeTimes& more) {
  times.waited_for_input += more.waited_for_input;
  times.worked += more.worked;
  times.waited_for_output += more.waited_for_output;
  times.waited_to_retry += more.waited_to_retry;
  return times;
}

PipeTimes operator-(PipeTimes times, const PipeTimes& less) {
  times.waited_for_input -= less.waited_for_input;
  times.worked -= less.worked;
  times.waited_for_output -= less.waited_for_output;
  times.waited_to_retry -= less.waited_to_retry;
  return times;
}

struct LaneSample : RunRecording::LaneSample {
  LaneSample& operator+=(const LaneSample& next) {
    until = std::max(until, next.until);
    bytes_in += next.bytes_in;
    bytes_out += next.bytes_out;
    ::coffer::operator+=(times, next.times);
    return *this;
  }
};

struct StorageSample : RunRecording::StorageSample {
  StorageSample& operator+=(const StorageSample& next) {
    until = std::max(until, next.until);
    bytes_read += next.bytes_read;
    bytes_written += next.bytes_written;
    return *this;
  }
};

/// A lane that grows.
class LaneRecord {
 public:
  explicit LaneRecord(RunRecording::Lane lane) : lane_(std::move(lane)) {}

  void start(nanoseconds at) {
    lane_.state = RunRecording::State::running;
    lane_.report.started = at;
    lane_.report.ended = at;
    series_.emplace(at, RunRecorder::most_samples);
  }
  void reuse() { lane_.state = RunRecording::State::reused; }
  void skip(std::string_view why) {
    lane_.state = RunRecording::State::skipped;
    lane_.why_skipped = why;
  }
  void progress(nanoseconds at, const PipeProgress& now) {
    if (lane_.state != RunRecording::State::running) return;
    add(at, now.bytes_in, now.bytes_out, now.times);
    lane_.report.ended = at;
  }
  void end(const PipeReport& report, RunRecording::State state, std::string error) {
    if (lane_.state != RunRecording::State::running) return;
    add(report.ended, report.bytes_in, report.bytes_out, report.times);
    lane_.report = report;
    lane_.state = state;
    lane_.error = std::move(error);
  }

  RunRecording::Lane lane() const {
    RunRecording::Lane lane = lane_;
    if (series_) lane.samples.assign(series_->samples().begin(), series_->samples().end());
    return lane;
  }
  const RunRecording::Lane& facts() const noexcept { return lane_; }

 private:
  void add(nanoseconds at, std::uint64_t bytes_in, std::uint64_t bytes_out, const PipeTimes& times) {
    LaneSample sample;
    sample.until = at;
    sample.bytes_in = bytes_in - std::exchange(lane_.report.bytes_in, bytes_in);
    sample.bytes_out = bytes_out - std::exchange(lane_.report.bytes_out, bytes_out);
    sample.times = times - std::exchange(lane_.report.times, times);
    series_->add(sample);
  }

  RunRecording::Lane lane_;
  std::optional<SampleSeries<LaneSample>> series_;
};

/// Lanes by name, in the order of their coming.
class LaneRecords {
 public:
  LaneRecord& add(RunRecording::Lane lane) {
    places_.emplace(lane.report.name, lanes_.size());
    return lanes_.emplace_back(std::move(lane));
  }
  LaneRecord* find(const std::string& name) {
    const auto place = places_.find(name);
    return place == places_.end() ? nullptr : &lanes_[place->second];
  }
  const std::vector<LaneRecord>& all() const noexcept { return lanes_; }

 private:
  std::vector<LaneRecord> lanes_;
  std::unordered_map<std::string, std::size_t> places_;
};

RunRecording::Lane lane_of(const PipeSpec& pipe) {
  RunRecording::Lane lane;
  lane.report.name = pipe.name();
  for (const ReadSpec& read : pipe.reads()) lane.reads.push_back(read.name);
  for (const ConditionSpec& condition : pipe.conditions()) lane.reads.push_back(condition.name);
  for (const WriteSpec& write : pipe.writes()) lane.writes.push_back(write.name);
  return lane;
}

/// An ingest stores what has its name.
RunRecording::Lane lane_of(const std::string& name, bool is_ingest) {
  RunRecording::Lane lane;
  lane.report.name = name;
  lane.report.is_ingest = is_ingest;
  if (is_ingest) lane.writes.push_back(name);
  return lane;
}

/// What a command said stands once, whole, below our own words.
std::string words_of(const Error& error) {
  std::string words = Error(error).server_said("").what();
  if (!error.server_text().empty()) words += "\n" + error.server_text();
  return words;
}

}  // namespace

struct RunRecorder::State {
  State(std::shared_ptr<const WorkMeter> of, std::shared_ptr<const Clock> by)
      : meter(std::move(of)), clock(by ? std::move(by) : std::make_shared<SystemClock>()), made(clock->steady_now()) {
    recording.started = clock->now();
    if (!meter) return;
    hidden_before = meter->hidden();
    read_before = meter->bytes_read();
    written_before = meter->bytes_written();
  }

  /// A lane of this name, made where there is none.
  LaneRecord& lane(const std::string& name, bool is_ingest) {
    LaneRecord* const known = lanes(is_ingest).find(name);
    return known != nullptr ? *known : lanes(is_ingest).add(lane_of(name, is_ingest));
  }
  LaneRecords& lanes(bool is_ingest) { return is_ingest ? ingests : pipes; }
  void pass(nanoseconds at) {
    recording.wall = std::max(recording.wall, at);
    if (!zero || clock->steady_now() - at < *zero) zero = clock->steady_now() - at;
    if (!meter) return;
    StorageSample sample;
    sample.until = at;
    const std::uint64_t read = meter->bytes_read();
    const std::uint64_t written = meter->bytes_written();
    sample.bytes_read = read - std::exchange(read_before, read);
    sample.bytes_written = written - std::exchange(written_before, written);
    storage.add(sample);
  }
  RunRecording::Object& object(const std::string& name) {
    const auto [place, is_new] = objects.emplace(name, recording.objects.size());
    if (is_new) recording.objects.emplace_back().name = name;
    return recording.objects[place->second];
  }

  /// What a whole run's result says better.
  void sum_up(RunRecording& into) const {
    for (const RunRecording::Object& written : into.objects) {
      if (written.committed && !written.uri.empty()) into.bytes_stored += written.size;
    }
    for (const LaneRecord& pipe : pipes.all()) into.bytes_read += pipe.facts().report.bytes_in;
    if (!meter) return;
    HiddenShare during = meter->hidden();
    during.storage -= hidden_before.storage;
    during.exposed -= hidden_before.exposed;
    if (during.storage.count() > 0) into.hidden = during;
  }

  const std::shared_ptr<const WorkMeter> meter;
  const std::shared_ptr<const Clock> clock;
  const std::chrono::steady_clock::time_point made;
  std::optional<std::chrono::steady_clock::time_point> zero;  ///< Of the run's times, as near as was heard.
  std::mutex mutex;
  RunRecording recording;  ///< Without lanes and storage.
  LaneRecords ingests;
  LaneRecords pipes;
  SampleSeries<StorageSample> storage{nanoseconds(0), most_samples};
  std::unordered_map<std::string, std::size_t> objects;
  HiddenShare hidden_before;
  std::uint64_t read_before = 0;
  std::uint64_t written_before = 0;
  bool has_ended = false;

  /// `record()` under the lock. A run goes on where there is no memory to record it.
  template <class Record>
  void quietly(Record record) noexcept {
    try {
      const std::lock_guard lock(mutex);
      record();
    } catch (const std::exception&) {
      return;
    }
  }
};

RunRecorder::RunRecorder(const Pipeline& pipeline, std::shared_ptr<const WorkMeter> meter,
                         std::shared_ptr<const Clock> clock)
    : state_(std::make_unique<State>(std::move(meter), std::move(clock))) {
  state_->recording.pipeline = pipeline.name();
  for (const PipeSpec& pipe : pipeline.pipes()) state_->pipes.add(lane_of(pipe));
}

RunRecorder::~RunRecorder() = default;

void RunRecorder::started(const std::string& pipe, nanoseconds at, bool is_ingest) noexcept {
  state_->quietly([&] {
    state_->lane(pipe, is_ingest).start(at);
    state_->pass(at);
  });
}

void RunRecorder::progressed(nanoseconds at, std::span<const PipeProgress> running) noexcept {
  state_->quietly([&] {
    for (const PipeProgress& pipe : running) {
      LaneRecord* const lane = state_->lanes(pipe.is_ingest).find(std::string(pipe.name));
      if (lane != nullptr) lane->progress(at, pipe);
    }
    state_->pass(at);
  });
}

void RunRecorder::first_byte(const std::string& name, nanoseconds at) noexcept {
  state_->quietly([&] { state_->object(name).first_byte = at; });
}

void RunRecorder::committed(const std::string& name, const Stored& stored, nanoseconds at) noexcept {
  state_->quietly([&] {
    RunRecording::Object& object = state_->object(name);
    object.committed = at;
    object.size = stored.size;
    object.uri = stored.uri.text();
  });
}

void RunRecorder::finished(const PipeReport& report) noexcept {
  state_->quietly([&] {
    LaneRecord* const lane = state_->lanes(report.is_ingest).find(report.name);
    if (lane != nullptr) lane->end(report, RunRecording::State::finished, "");
    state_->pass(report.ended);
  });
}

void RunRecorder::failed(const PipeReport& report, const Error& error) noexcept {
  state_->quietly([&] {
    const bool cancelled = error.kind() == ErrorKind::cancelled;
    const auto state = cancelled ? RunRecording::State::cancelled : RunRecording::State::failed;
    LaneRecord* const lane = state_->lanes(report.is_ingest).find(report.name);
    if (lane != nullptr) lane->end(report, state, cancelled ? "" : words_of(error));
    state_->pass(report.ended);
  });
}

void RunRecorder::reused(const std::string& pipe) noexcept {
  state_->quietly([&] { state_->lane(pipe, state_->pipes.find(pipe) == nullptr).reuse(); });
}

void RunRecorder::skipped(const std::string& pipe, std::string_view why, nanoseconds at) noexcept {
  state_->quietly([&] {
    state_->lane(pipe, false).skip(why);
    state_->pass(at);
  });
}

void RunRecorder::ended(const RunResult& result) {
  const std::lock_guard lock(state_->mutex);
  state_->has_ended = true;
  if (result.ended_before) {
    state_->recording.outcome = RunRecording::Outcome::ended_before;
    for (const std::string& name : result.reused) state_->lane(name, state_->pipes.find(name) == nullptr).reuse();
    for (const auto& [name, why] : result.skipped) state_->lane(name, false).skip(why);
    return;
  }
  state_->recording.outcome = RunRecording::Outcome::succeeded;
  state_->pass(result.wall);
  state_->recording.wall = result.wall;
  state_->recording.hidden = result.hidden;
  state_->recording.bytes_stored = result.bytes_stored;
  state_->recording.bytes_read = result.bytes_read;
  state_->recording.bytes_ahead = result.bytes_ahead;
  state_->recording.peak_memory = result.peak_memory;
  state_->recording.peak_buffers = result.peak_buffers;
}

void RunRecorder::ended(const Error& error) {
  const std::lock_guard lock(state_->mutex);
  const bool cancelled = error.kind() == ErrorKind::cancelled;
  state_->recording.outcome = cancelled ? RunRecording::Outcome::cancelled : RunRecording::Outcome::failed;
  state_->recording.error = cancelled ? "" : words_of(error);
  state_->pass(std::max(state_->recording.wall, state_->clock->steady_now() - state_->zero.value_or(state_->made)));
}

RunRecording RunRecorder::recording() const {
  const std::lock_guard lock(state_->mutex);
  RunRecording recording = state_->recording;
  for (const LaneRecords* records : {&state_->ingests, &state_->pipes}) {
    for (const LaneRecord& record : records->all()) recording.lanes.push_back(record.lane());
  }
  recording.storage.assign(state_->storage.samples().begin(), state_->storage.samples().end());
  if (!state_->has_ended) state_->sum_up(recording);
  return recording;
}

}  // namespace coffer
