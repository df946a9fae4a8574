#include <array>
#include <charconv>
#include <cmath>

#include <coffer/observe/metrics.hpp>

namespace coffer {
namespace {

/// `quote`: whether it stands in double quotes.
std::string escaped(std::string_view text, bool quote) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quote) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
  return out;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 400> text{};
  const auto [end, failed] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

std::string labels_of(const MetricSample& sample) {
  if (sample.labels.empty()) return "";
  std::string text;
  for (const MetricSample::Label& label : sample.labels) {
    text += (text.empty() ? "{" : ",") + label.name + "=\"" + escaped(label.value, true) + "\"";
  }
  return text + "}";
}

}  // namespace

std::string prometheus_text(const std::vector<Metric>& metrics) {
  std::string text;
  for (const Metric& metric : metrics) {
    if (metric.samples.empty()) continue;
    text += "# HELP " + metric.name + " " + escaped(metric.help, false) + "\n";
    text += "# TYPE " + metric.name + (metric.kind == Metric::Kind::counter ? " counter\n" : " gauge\n");
    for (const MetricSample& sample : metric.samples) {
      text += metric.name + labels_of(sample) + " " + number(sample.value) + "\n";
    }
  }
  return text;
}

}  // namespace coffer
