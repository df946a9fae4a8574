#include <chrono>
#include <utility>

#include <coffer/pipe/run_metrics.hpp>

namespace coffer {
namespace {

using Lane = RunRecording::Lane;

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

/// Gauges of one run: each sample names its pipeline.
class RunMetrics {
 public:
  explicit RunMetrics(const RunRecording& run) : run_(run) {}

  std::vector<Metric> all() && {
    add_run();
    begin("coffer_pipe_succeeded", "Whether the pipe or ingest did all its work in the last run: 1, else 0.");
    for (const Lane& lane : run_.lanes) sample(lane, lane.is_done() ? 1 : 0);
    begin("coffer_pipe_skipped", "Whether a condition kept the pipe from running in the last run: 1, else 0.");
    for (const Lane& lane : run_.lanes) sample(lane, lane.state == RunRecording::State::skipped ? 1 : 0);
    begin("coffer_pipe_read_bytes", "Bytes that the pipe or ingest was given in the last run.");
    for (const Lane& lane : run_.lanes) sample(lane, static_cast<double>(lane.report.bytes_in));
    begin("coffer_pipe_written_bytes", "Bytes that the pipe or ingest gave in the last run.");
    for (const Lane& lane : run_.lanes) sample(lane, static_cast<double>(lane.report.bytes_out));
    begin("coffer_pipe_seconds", "What the pipe or ingest spent its time with in the last run.");
    for (const Lane& lane : run_.lanes) {
      sample(lane, seconds(lane.report.times.waited_for_input)).labels.push_back({"activity", "waits_for_input"});
      sample(lane, seconds(lane.report.times.worked)).labels.push_back({"activity", "works"});
      sample(lane, seconds(lane.report.times.waited_for_output)).labels.push_back({"activity", "waits_for_output"});
      sample(lane, seconds(lane.report.times.waited_to_retry)).labels.push_back({"activity", "waits_to_retry"});
    }
    return std::move(all_);
  }

 private:
  void add_run() {
    one("coffer_run_succeeded", "Whether the last run ended well: 1, else 0.", run_.has_succeeded() ? 1 : 0);
    const auto ended = run_.started + std::chrono::duration_cast<std::chrono::system_clock::duration>(run_.wall);
    one("coffer_run_end_timestamp_seconds", "When the last run ended, since 1970.",
        std::chrono::duration<double>(ended.time_since_epoch()).count());
    one("coffer_run_duration_seconds", "How long the last run took.", seconds(run_.wall));
    one("coffer_run_stored_bytes", "Bytes of all objects that the last run stored.",
        static_cast<double>(run_.bytes_stored));
    one("coffer_run_read_bytes", "Bytes that all pipes of the last run were given.",
        static_cast<double>(run_.bytes_read));
    one("coffer_run_read_ahead_bytes", "Bytes that the last run read ahead for pipes that had to wait.",
        static_cast<double>(run_.bytes_ahead));
    if (run_.hidden) {
      one("coffer_run_hidden_ratio", "Share of the last run's storage time that passed while pipes worked.",
          run_.hidden->share());
    }
    if (run_.peak_memory > 0) {
      one("coffer_run_peak_memory_bytes", "The most memory that the process ever had, commands apart.",
          static_cast<double>(run_.peak_memory));
    }
  }

  void begin(const char* name, const char* help) {
    Metric& metric = all_.emplace_back();
    metric.name = name;
    metric.help = help;
  }
  MetricSample& sample(double value) {
    MetricSample& sample = all_.back().samples.emplace_back();
    sample.labels.push_back({"pipeline", run_.pipeline});
    sample.value = value;
    return sample;
  }
  MetricSample& sample(const Lane& lane, double value) {
    MetricSample& of = sample(value);
    of.labels.push_back({"kind", lane.report.is_ingest ? "ingest" : "pipe"});
    of.labels.push_back({"pipe", lane.report.name});
    return of;
  }
  void one(const char* name, const char* help, double value) {
    begin(name, help);
    sample(value);
  }

  const RunRecording& run_;
  std::vector<Metric> all_;
};

}  // namespace

std::vector<Metric> run_metrics(const RunRecording& recording) { return RunMetrics(recording).all(); }

}  // namespace coffer
