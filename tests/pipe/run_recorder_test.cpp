#include <chrono>
#include <string>
#include <vector>

#include <coffer/pipe/executor.hpp>
#include <coffer/pipe/run_recorder.hpp>
#include <gtest/gtest.h>

#include "support/hand_clock.hpp"

namespace coffer {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using State = RunRecording::State;

/// film (ingested) -> sound, sheet; both -> report.
Pipeline diamond() {
  return Pipeline("diamond")
      .input("film")
      .output("report")
      .pipe(PipeSpec("listen").reads("film").writes("sound"))
      .pipe(PipeSpec("look").reads("film").writes("sheet"))
      .pipe(PipeSpec("tell").reads("sound").reads("sheet").writes("report"));
}

PipeReport report(const std::string& name, nanoseconds started, nanoseconds ended, bool is_ingest = false) {
  PipeReport report;
  report.name = name;
  report.started = started;
  report.ended = ended;
  report.is_ingest = is_ingest;
  report.bytes_in = 100;
  report.bytes_out = 10;
  report.times.worked = ended - started;
  return report;
}

Stored stored(const std::string& name, std::uint64_t size) {
  Stored stored;
  stored.uri = Uri("mem://store/" + name);
  stored.size = size;
  return stored;
}

void start_all(RunRecorder& recorder) {
  recorder.started("film", 0s, true);
  recorder.started("listen", 0s, false);
  recorder.started("look", 1s, false);
}

std::vector<std::string> names(const RunRecording& recording) {
  std::vector<std::string> names;
  for (const CriticalStep& step : critical_path(recording)) {
    names.push_back(recording.lanes[step.lane].report.name);
  }
  return names;
}

TEST(RunRecorder, ingests_come_first_and_pipes_in_the_order_of_the_pipeline) {
  RunRecorder recorder(diamond());
  start_all(recorder);
  const RunRecording recording = recorder.recording();
  EXPECT_EQ(recording.pipeline, "diamond");
  ASSERT_EQ(recording.lanes.size(), 4U);
  EXPECT_TRUE(recording.lanes[0].report.is_ingest);
  EXPECT_EQ(recording.lanes[0].writes, std::vector<std::string>{"film"});
  EXPECT_EQ(recording.lanes[3].report.name, "tell");
  EXPECT_EQ(recording.lanes[3].state, State::never_started);
  EXPECT_EQ(recording.lanes[3].reads, (std::vector<std::string>{"sound", "sheet"}));
}

TEST(RunRecorder, samples_hold_what_was_moved_and_done_in_between) {
  RunRecorder recorder(diamond());
  start_all(recorder);
  PipeProgress progress;
  progress.name = "listen";
  progress.bytes_in = 40;
  progress.times.waited_for_input = 1s;
  recorder.progressed(1s, std::span(&progress, 1));
  progress.bytes_in = 70;
  progress.bytes_out = 5;
  progress.times.worked = 1s;
  recorder.progressed(2s, std::span(&progress, 1));
  PipeReport done = report("listen", 0s, 4s);
  done.times.waited_for_input = 1s;
  done.times.worked = 3s;
  recorder.finished(done);
  const RunRecording::Lane lane = recorder.recording().lanes[1];
  ASSERT_EQ(lane.samples.size(), 3U);
  EXPECT_EQ(lane.samples[0].bytes_in, 40U);
  EXPECT_EQ(lane.samples[0].times.waited_for_input, 1s);
  EXPECT_EQ(lane.samples[1].until, 2s);
  EXPECT_EQ(lane.samples[1].bytes_in, 30U);
  EXPECT_EQ(lane.samples[1].bytes_out, 5U);
  EXPECT_EQ(lane.samples[1].times.waited_for_input, 0s);
  EXPECT_EQ(lane.samples[1].times.worked, 1s);
  EXPECT_EQ(lane.samples[2].bytes_in, 30U);
  EXPECT_EQ(lane.samples[2].times.worked, 2s);
  EXPECT_EQ(lane.state, State::finished);
}

TEST(RunRecorder, a_long_run_does_not_make_it_grow) {
  RunRecorder recorder(diamond());
  start_all(recorder);
  PipeProgress progress;
  progress.name = "listen";
  for (int i = 1; i <= 50'000; ++i) {
    progress.bytes_in += 7;
    recorder.progressed(100ms * i, std::span(&progress, 1));
  }
  const RunRecording::Lane lane = recorder.recording().lanes[1];
  EXPECT_LE(lane.samples.size(), RunRecorder::most_samples);
  EXPECT_GE(lane.samples.size(), RunRecorder::most_samples / 4);
  std::uint64_t bytes = 0;
  for (const RunRecording::LaneSample& sample : lane.samples) bytes += sample.bytes_in;
  EXPECT_EQ(bytes, 350'000U);
}

TEST(RunRecorder, progress_that_comes_after_the_end_is_not_heard) {
  RunRecorder recorder(diamond());
  start_all(recorder);
  recorder.finished(report("listen", 0s, 2s));
  PipeProgress progress;
  progress.name = "listen";
  progress.bytes_in = 1;
  recorder.progressed(3s, std::span(&progress, 1));
  const RunRecording::Lane lane = recorder.recording().lanes[1];
  EXPECT_EQ(lane.samples.size(), 1U);
  EXPECT_EQ(lane.report.bytes_in, 100U);
}

TEST(RunRecorder, storage_is_what_the_meter_counts_while_it_runs) {
  const auto meter = std::make_shared<WorkMeter>();
  meter->io_begins(IoKind::write);
  meter->io_ends(IoKind::write, 1000);
  RunRecorder recorder(diamond(), meter);
  recorder.started("film", 0s, true);
  meter->io_begins(IoKind::write);
  meter->io_ends(IoKind::write, 50);
  meter->io_begins(IoKind::read);
  meter->io_ends(IoKind::read, 20);
  recorder.progressed(1s, {});
  const RunRecording recording = recorder.recording();
  ASSERT_EQ(recording.storage.size(), 2U);
  EXPECT_EQ(recording.storage[1].until, 1s);
  EXPECT_EQ(recording.storage[1].bytes_written, 50U);
  EXPECT_EQ(recording.storage[1].bytes_read, 20U);
}

TEST(RunRecorder, a_run_that_failed_says_which_pipe_and_why) {
  RunRecorder recorder(diamond());
  start_all(recorder);
  recorder.failed(report("look", 1s, 3s),
                  Error(ErrorKind::pipe_failed, "the pipe 'look' failed").server_said("no film"));
  recorder.failed(report("listen", 0s, 3s), Error(ErrorKind::cancelled, "the pipe 'listen' was cancelled"));
  recorder.committed("film", stored("film", 77), 2s);
  const RunRecording recording = recorder.recording();
  ASSERT_NE(recording.failed_lane(), nullptr);
  EXPECT_EQ(recording.failed_lane()->report.name, "look");
  EXPECT_EQ(recording.failed_lane()->error, "the pipe 'look' failed\nno film");
  EXPECT_EQ(recording.lanes[1].state, State::cancelled);
  EXPECT_EQ(recording.wall, 3s);
  EXPECT_EQ(recording.bytes_stored, 77U);
}

TEST(RunRecorder, the_result_of_a_whole_run_counts) {
  RunRecorder recorder(diamond());
  start_all(recorder);
  RunResult result;
  result.wall = 5s;
  result.bytes_stored = 9;
  result.peak_memory = 11;
  recorder.ended(result);
  const RunRecording recording = recorder.recording();
  EXPECT_EQ(recording.wall, 5s);
  EXPECT_EQ(recording.bytes_stored, 9U);
  EXPECT_EQ(recording.peak_memory, 11U);
}

TEST(RunRecorder, a_run_succeeds_only_once_its_result_is_told) {
  RunRecorder recorder(diamond());
  start_all(recorder);
  for (const char* pipe : {"listen", "look", "tell"}) recorder.finished(report(pipe, 0s, 3s));
  EXPECT_EQ(recorder.recording().outcome, RunRecording::Outcome::running);
  EXPECT_FALSE(recorder.recording().has_succeeded());
  recorder.ended(RunResult());
  EXPECT_TRUE(recorder.recording().has_succeeded());
}

TEST(RunRecorder, a_run_that_fails_after_its_last_pipe_has_failed_and_lasts_until_then) {
  const auto clock = std::make_shared<test::HandClock>();
  RunRecorder recorder(diamond(), nullptr, clock);
  clock->pass(7s);  // Opening the inputs is no part of the run.
  recorder.started("listen", 0s, false);
  clock->pass(2s);
  recorder.finished(report("listen", 0s, 2s));
  clock->pass(3s);
  recorder.ended(Error(ErrorKind::no_space, "no space left"));
  const RunRecording recording = recorder.recording();
  EXPECT_EQ(recording.outcome, RunRecording::Outcome::failed);
  EXPECT_EQ(recording.error, "no space left");
  EXPECT_EQ(recording.failed_lane(), nullptr);
  EXPECT_EQ(recording.wall, 5s);
}

TEST(RunRecorder, a_run_that_fails_before_its_first_pipe_says_why) {
  RunRecorder recorder(diamond());
  recorder.ended(Error(ErrorKind::not_found, "no film"));
  EXPECT_EQ(recorder.recording().outcome, RunRecording::Outcome::failed);
  EXPECT_EQ(recorder.recording().error, "no film");
  recorder.ended(Error(ErrorKind::cancelled, "interrupted"));
  EXPECT_EQ(recorder.recording().outcome, RunRecording::Outcome::cancelled);
}

TEST(RunRecorder, a_run_that_had_ended_before_has_succeeded_and_so_have_its_pipes) {
  RunRecorder recorder(diamond());
  RunResult result;
  result.ended_before = true;
  result.reused = {"film", "listen", "tell"};
  result.skipped = {{"look", "no pictures"}};
  recorder.ended(result);
  const RunRecording recording = recorder.recording();
  EXPECT_EQ(recording.outcome, RunRecording::Outcome::ended_before);
  EXPECT_TRUE(recording.has_succeeded());
  ASSERT_EQ(recording.lanes.size(), 4U);
  EXPECT_TRUE(recording.lanes[0].report.is_ingest);
  EXPECT_EQ(recording.lanes[0].state, State::reused);
  EXPECT_EQ(recording.lanes[1].state, State::reused);
  EXPECT_EQ(recording.lanes[2].state, State::skipped);
  EXPECT_EQ(recording.lanes[2].why_skipped, "no pictures");
}

TEST(RunRecorder, a_pipe_that_the_pipeline_does_not_name_has_a_lane) {
  RunRecorder recorder(diamond());
  recorder.started("listen", 0s, false);
  recorder.started("listen/3", 1s, false);
  recorder.finished(report("listen/3", 1s, 2s));
  const RunRecording recording = recorder.recording();
  EXPECT_EQ(recording.lanes.back().report.name, "listen/3");
  EXPECT_EQ(recording.lanes.back().state, State::finished);
}

TEST(RunRecorder, what_was_done_before_has_lanes_that_did_not_run) {
  RunRecorder recorder(diamond());
  recorder.reused("film");
  recorder.reused("listen");
  recorder.started("look", 1s, false);
  recorder.committed("sheet", stored("sheet", 1), 2s);
  recorder.finished(report("look", 1s, 2s));
  const RunRecording recording = recorder.recording();
  ASSERT_EQ(recording.lanes.size(), 4U);
  EXPECT_EQ(recording.lanes[0].state, State::reused);
  EXPECT_TRUE(recording.lanes[0].report.is_ingest);
  EXPECT_EQ(recording.lanes[1].state, State::reused);
  EXPECT_FALSE(recording.lanes[1].has_run());
  EXPECT_TRUE(recording.lanes[1].is_done());
  EXPECT_EQ(names(recording), std::vector<std::string>{"look"});
}

TEST(CriticalPath, it_goes_back_by_the_input_that_was_there_last) {
  RunRecorder recorder(diamond());
  start_all(recorder);
  recorder.committed("film", stored("film", 1), 4s);
  recorder.finished(report("film", 0s, 4s, true));
  recorder.committed("sound", stored("sound", 1), 5s);
  recorder.finished(report("listen", 0s, 5s));
  recorder.committed("sheet", stored("sheet", 1), 7s);
  recorder.finished(report("look", 1s, 7s));
  recorder.started("tell", 7s, false);
  recorder.committed("report", stored("report", 1), 9s);
  recorder.finished(report("tell", 7s, 9s));
  const RunRecording recording = recorder.recording();
  EXPECT_EQ(names(recording), (std::vector<std::string>{"film", "look", "tell"}));
  const std::vector<CriticalStep> path = critical_path(recording);
  EXPECT_EQ(path[0].from, 0s);
  EXPECT_EQ(path[0].until, 4s);
  EXPECT_EQ(path[1].until, 7s);
  EXPECT_EQ(path[2].until, 9s);
  for (std::size_t i = 1; i < path.size(); ++i) EXPECT_EQ(path[i].from, path[i - 1].until);
}

TEST(CriticalPath, of_a_run_that_failed_it_leads_to_the_pipe_that_failed) {
  RunRecorder recorder(diamond());
  start_all(recorder);
  recorder.failed(report("listen", 0s, 3s), Error(ErrorKind::pipe_failed, "broken"));
  recorder.failed(report("look", 1s, 4s), Error(ErrorKind::cancelled, "cancelled"));
  // Its input came only after it had failed.
  recorder.committed("film", stored("film", 1), 5s);
  EXPECT_EQ(names(recorder.recording()), std::vector<std::string>{"listen"});
}

TEST(CriticalPath, of_nothing_there_is_none) {
  EXPECT_TRUE(critical_path(RunRecording()).empty());
  EXPECT_TRUE(critical_path(RunRecorder(diamond()).recording()).empty());
}

TEST(CriticalPath, a_circle_ends) {
  RunRecording recording;
  for (const auto& [name, reads, writes] : {std::tuple("a", "x", "y"), std::tuple("b", "y", "x")}) {
    RunRecording::Lane lane;
    lane.report = report(name, 0s, 1s);
    lane.state = State::finished;
    lane.reads = {reads};
    lane.writes = {writes};
    recording.lanes.push_back(lane);
    RunRecording::Object object;
    object.name = writes;
    object.committed = 1s;
    recording.objects.push_back(object);
  }
  EXPECT_EQ(critical_path(recording).size(), 2U);
}

}  // namespace
}  // namespace coffer
