#include <chrono>
#include <string>
#include <utility>

#include <coffer/async/buffer_pool.hpp>
#include <coffer/async/runtime.hpp>
#include <coffer/async/runtime_metrics.hpp>

namespace coffer {
namespace {

Metric metric(std::string name, std::string help, Metric::Kind kind, double value) {
  Metric metric;
  metric.name = std::move(name);
  metric.help = std::move(help);
  metric.kind = kind;
  metric.samples.emplace_back().value = value;
  return metric;
}

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

std::vector<Metric> runtime_metrics(Runtime& runtime, const WorkMeter& meter) {
  using enum Metric::Kind;
  const HiddenShare hidden = meter.hidden();
  const PoolUse use = runtime.pool().use();
  std::vector<Metric> all;
  const auto add = [&all](const char* name, const char* help, Metric::Kind kind, double value) {
    all.push_back(metric(name, help, kind, value));
  };
  add("coffer_bytes_read_total", "Bytes that storage devices have read.", counter,
      static_cast<double>(meter.bytes_read()));
  add("coffer_bytes_written_total", "Bytes that storage devices have written.", counter,
      static_cast<double>(meter.bytes_written()));
  add("coffer_storage_seconds_total", "Time in which storage was in flight.", counter, seconds(hidden.storage));
  add("coffer_storage_exposed_seconds_total", "Time in which storage was in flight and no pipe worked.", counter,
      seconds(hidden.exposed));
  add("coffer_buffers_bytes", "Bytes of buffers held now.", gauge, static_cast<double>(use.granted));
  add("coffer_buffers_peak_bytes", "The most bytes of buffers that were ever held.", gauge,
      static_cast<double>(use.peak));
  add("coffer_buffers_budget_bytes", "Bytes of buffers that may be held without force.", gauge,
      static_cast<double>(use.budget));
  add("coffer_buffers_resident_bytes", "Bytes that the buffers have taken from the system.", gauge,
      static_cast<double>(use.resident));
  add("coffer_streams", "Streams open now.", gauge, static_cast<double>(use.streams));
  return all;
}

}  // namespace coffer
