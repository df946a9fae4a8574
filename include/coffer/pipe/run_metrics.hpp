#pragma once

#include <vector>

#include <coffer/observe/metrics.hpp>
#include <coffer/pipe/run_recording.hpp>

namespace coffer {

/// What a run did, at its end: coffer_run_duration_seconds, coffer_run_succeeded, and of each pipe and ingest
/// coffer_pipe_read_bytes, coffer_pipe_seconds{activity=…} and so on. Gauges, for the next run begins anew.
std::vector<Metric> run_metrics(const RunRecording& recording);

}  // namespace coffer
