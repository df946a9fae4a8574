#include <chrono>
#include <string>

#include <coffer/pipe/run_metrics.hpp>
#include <gtest/gtest.h>

namespace coffer {
namespace {

TEST(RunMetrics, each_pipe_has_its_figures) {
  RunRecording recording;
  recording.pipeline = "job";
  recording.wall = std::chrono::seconds(2);
  PipeReport& copy = recording.lanes.emplace_back().report;
  copy.name = "copy";
  copy.bytes_in = 7;
  copy.times.worked = std::chrono::milliseconds(1500);
  copy.times.waited_to_retry = std::chrono::milliseconds(250);
  recording.lanes[0].state = RunRecording::State::failed;
  const std::string text = prometheus_text(run_metrics(recording));
  for (const char* line :
       {"coffer_run_succeeded{pipeline=\"job\"} 0\n", "coffer_run_duration_seconds{pipeline=\"job\"} 2\n",
        "coffer_pipe_read_bytes{pipeline=\"job\",kind=\"pipe\",pipe=\"copy\"} 7\n",
        "coffer_pipe_seconds{pipeline=\"job\",kind=\"pipe\",pipe=\"copy\",activity=\"works\"} 1.5\n",
        "coffer_pipe_seconds{pipeline=\"job\",kind=\"pipe\",pipe=\"copy\",activity=\"waits_to_retry\"} 0.25\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

}  // namespace
}  // namespace coffer
