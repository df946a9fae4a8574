#include "pipe/timeline_data.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#include "pipe/outside_text.hpp"

namespace coffer {
namespace {

/// All times are in microseconds.
std::string micros(std::chrono::nanoseconds time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}

template <class Sample, class Text>
std::string list(const std::vector<Sample>& samples, Text text) {
  std::string json = "[";
  for (const Sample& sample : samples) {
    if (json.size() > 1) json += ",";
    json += text(sample);
  }
  return json + "]";
}

/// {"until": [...], "bytes": [[...], [...]]}
template <class Sample>
std::string series(const std::vector<Sample>& samples, std::uint64_t Sample::* first, std::uint64_t Sample::* second) {
  return "{\"until\":" + list(samples, [](const Sample& sample) { return micros(sample.until); }) + ",\"bytes\":[" +
         list(samples, [&](const Sample& sample) { return std::to_string(sample.*first); }) + "," +
         list(samples, [&](const Sample& sample) { return std::to_string(sample.*second); }) + "]}";
}

/// What it did most: a position in the script's list of words.
int does(const RunRecording::LaneSample& sample) {
  const PipeTimes& times = sample.times;
  const std::array<std::chrono::nanoseconds, 4> shares = {times.waited_for_input, times.worked, times.waited_for_output,
                                                          times.waited_to_retry};
  const auto most = static_cast<int>(std::ranges::max_element(shares) - shares.begin());
  if (most == 1) return sample.bytes_out > 0 ? 2 : 1;
  return most == 0 ? 0 : most + 1;
}

const char* end_of(RunRecording::State state) {
  switch (state) {
    case RunRecording::State::never_started:
      return "never started";
    case RunRecording::State::reused:
      return "done before";
    case RunRecording::State::skipped:
      return "skipped";
    case RunRecording::State::failed:
      return "failed";
    case RunRecording::State::cancelled:
      return "cancelled";
    case RunRecording::State::running:
    case RunRecording::State::finished:
      break;
  }
  return "done";
}

}  // namespace

std::string data_head(const RunRecording& run) {
  return "<script type=\"application/json\" id=\"run\">{\"wall\":" + micros(run.wall) + ",\"storage\":" +
         series(run.storage, &RunRecording::StorageSample::bytes_read, &RunRecording::StorageSample::bytes_written) +
         ",\"lanes\":[\n";
}

std::string lane_data(const RunRecording::Lane& lane, bool is_last) {
  return "{\"name\":" + json_text(lane.report.name) + ",\"start\":" + micros(lane.report.started) + ",\"end\":\"" +
         end_of(lane.state) + "\",\"samples\":" +
         series(lane.samples, &RunRecording::LaneSample::bytes_in, &RunRecording::LaneSample::bytes_out) +
         ",\"does\":" +
         list(lane.samples, [](const RunRecording::LaneSample& sample) { return std::to_string(does(sample)); }) +
         (is_last ? "}\n" : "},\n");
}

std::string data_foot() { return "]}</script>\n"; }

}  // namespace coffer
