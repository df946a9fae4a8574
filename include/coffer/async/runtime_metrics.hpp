#pragma once

#include <vector>

#include <coffer/observe/metrics.hpp>
#include <coffer/observe/work_meter.hpp>

namespace coffer {

class Runtime;

/// What a Runtime holds now and its storage has moved so far: coffer_bytes_read_total, coffer_bytes_written_total,
/// coffer_storage_seconds_total, coffer_storage_exposed_seconds_total, coffer_buffers_bytes and so on. `meter` is the
/// Runtime's observer. Any thread.
std::vector<Metric> runtime_metrics(Runtime& runtime, const WorkMeter& meter);

}  // namespace coffer
