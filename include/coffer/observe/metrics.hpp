#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace coffer {

/// One figure of a metric, with what tells it from the others.
struct MetricSample {
  struct Label {
    std::string name;
    std::string value;
  };
  std::vector<Label> labels;
  double value = 0;
};

/// Something that is counted or measured, named as Prometheus does: "coffer_bytes_read_total", in base units (bytes,
/// seconds).
struct Metric {
  enum class Kind : std::uint8_t {
    counter,  ///< Only grows; its name ends in _total.
    gauge,
  };

  std::string name;
  std::string help;  ///< A sentence.
  Kind kind = Kind::gauge;
  std::vector<MetricSample> samples;
};

/// A snapshot in Prometheus' text format (version 0.0.4), for a /metrics page or node_exporter's textfile collector.
/// Metrics without samples are left out.
std::string prometheus_text(const std::vector<Metric>& metrics);

/// The content type of that text in HTTP.
inline constexpr std::string_view prometheus_content_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace coffer
