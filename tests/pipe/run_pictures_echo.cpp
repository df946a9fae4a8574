// Draws runs that never were, for the tests of the pictures: `one`, `eight`, `sixty` pipes, a `short` and a
// `long` one whose marks of time are wide, one that `failed` with words that are no names, and one in which `nothing`
// ran. usage: coffer_run_pictures_echo FOLDER: FOLDER/<run>.html, FOLDER/<run>.json

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

#include <coffer/pipe/run_pictures.hpp>

namespace coffer {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr std::size_t samples = 300;

/// All that a pipe may spend its time with, one after the other.
PipeTimes spent(std::size_t lane, std::size_t sample, nanoseconds length) {
  PipeTimes times;
  switch ((lane + sample / 25) % 4) {
    case 0:
      times.waited_for_input = length;
      break;
    case 1:
    case 2:
      times.worked = length * 3 / 4;
      times.waited_for_input = length - times.worked;
      break;
    default:
      times.waited_for_output = length;
      break;
  }
  return times;
}

RunRecording::Lane lane(std::size_t number, const std::string& name, nanoseconds started, nanoseconds length) {
  RunRecording::Lane lane;
  lane.state = RunRecording::State::finished;
  lane.report.name = name;
  lane.report.started = started;
  lane.report.ended = started + length;
  for (std::size_t i = 0; i < samples; ++i) {
    RunRecording::LaneSample sample;
    sample.until = started + length * (i + 1) / samples;
    sample.bytes_in = 1'000'000 + 10'000 * i;
    sample.bytes_out = (number + i / 25) % 4 == 2 ? 123'456 * i : 0;
    sample.times = spent(number, i, length / samples);
    lane.report.bytes_in += sample.bytes_in;
    lane.report.bytes_out += sample.bytes_out;
    lane.samples.push_back(sample);
  }
  return lane;
}

/// Each reads what the one before wrote, while it is being written.
RunRecording chain(std::size_t pipes, nanoseconds wall = 20s) {
  RunRecording run;
  run.pipeline = "chain-of-" + std::to_string(pipes);
  run.outcome = RunRecording::Outcome::succeeded;
  run.wall = wall;
  const nanoseconds step = run.wall / (pipes + 3);
  for (std::size_t i = 0; i <= pipes; ++i) {
    const std::string name = i == 0 ? "film" : "pipe-" + std::to_string(i) + std::string(i % 7 == 6 ? 50 : 0, 'W');
    run.lanes.push_back(lane(i, name, step * i, step * 3));
    run.lanes.back().report.is_ingest = i == 0;
    if (i > 0) run.lanes.back().reads = {"stuff-" + std::to_string(i - 1)};
    run.lanes.back().writes = {"stuff-" + std::to_string(i)};
    RunRecording::Object object;
    object.name = "stuff-" + std::to_string(i);
    object.committed = run.lanes.back().report.ended;
    object.uri = "file:///data/store/" + object.name;
    object.size = 1'000'000'000;
    run.objects.push_back(object);
  }
  for (std::size_t i = 0; i < samples; ++i) {
    RunRecording::StorageSample sample;
    sample.until = run.wall * (i + 1) / samples;
    sample.bytes_read = i % 40 < 20 ? 50'000'000 : 0;
    sample.bytes_written = 1'000'000 * (i % 30);
    run.storage.push_back(sample);
  }
  HiddenShare hidden;
  hidden.storage = wall * 3 / 4;
  hidden.exposed = wall / 20;
  run.hidden = hidden;
  run.bytes_stored = 1'000'000'000ULL * (pipes + 1);
  run.bytes_read = 1'000'000'000ULL * pipes;
  run.peak_memory = 41'000'000;
  run.peak_buffers = 33'000'000;
  return run;
}

/// One of its pipes waits to try again for a while.
RunRecording with_retries(RunRecording run) {
  RunRecording::Lane& lane = run.lanes[2];
  for (std::size_t i = samples / 4; i < samples / 2; ++i) {
    RunRecording::LaneSample& sample = lane.samples[i];
    sample.times = PipeTimes();
    sample.times.waited_to_retry = (lane.report.ended - lane.report.started) / samples;
    sample.bytes_in = 0;
    sample.bytes_out = 0;
    lane.report.times.waited_to_retry += sample.times.waited_to_retry;
  }
  return run;
}

RunRecording failed_run() {
  RunRecording run = chain(4);
  const std::string hostile =
      "</title></script><script>parent.hit = true</script><img src=x onerror='parent.hit = true'>\"'&";
  run.pipeline = hostile;
  run.lanes[0].report.name = hostile;
  run.lanes[2].report.name = hostile;
  run.outcome = RunRecording::Outcome::failed;
  run.lanes[2].state = RunRecording::State::failed;
  run.lanes[2].error = hostile + "\n\x1b]0;title\x07 \xff\xfe " + std::string(400, 'x') + "\n";
  for (int i = 0; i < 100; ++i) run.lanes[2].error += "frame " + std::to_string(i) + " is broken\n";
  run.lanes[3].state = RunRecording::State::cancelled;
  run.lanes[4].state = RunRecording::State::never_started;
  run.lanes[4].samples.clear();
  run.objects.resize(2);
  run.objects[0].uri = hostile;
  return run;
}

RunRecording nothing() {
  RunRecording run;
  run.lanes.emplace_back().report.name = "never";
  return run;
}

void draw(const std::filesystem::path& folder, const std::string& name, const RunRecording& run) {
  std::ofstream(folder / (name + ".html"), std::ios::binary) << join(timeline_html(run));
  std::ofstream(folder / (name + ".json"), std::ios::binary) << join(trace_events(run));
}

}  // namespace
}  // namespace coffer

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  coffer::draw(argv[1], "one", coffer::chain(1));
  coffer::draw(argv[1], "eight", coffer::chain(8));
  coffer::draw(argv[1], "sixty", coffer::chain(60));
  coffer::draw(argv[1], "short", coffer::with_retries(coffer::chain(3, std::chrono::milliseconds(636))));
  coffer::draw(argv[1], "long", coffer::chain(3, std::chrono::seconds(2399)));
  coffer::draw(argv[1], "failed", coffer::failed_run());
  coffer::draw(argv[1], "nothing", coffer::nothing());
}
