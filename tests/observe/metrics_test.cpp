#include <limits>
#include <string>

#include <coffer/observe/metrics.hpp>
#include <gtest/gtest.h>

namespace coffer {
namespace {

Metric metric(const std::string& name, double value) {
  Metric metric;
  metric.name = name;
  metric.help = "What it is.";
  metric.samples.emplace_back().value = value;
  return metric;
}

TEST(PrometheusText, a_metric_has_a_help_a_type_and_its_samples) {
  Metric counter = metric("coffer_bytes_read_total", 12345678901234);
  counter.kind = Metric::Kind::counter;
  EXPECT_EQ(prometheus_text({counter, metric("coffer_share", 0.25)}),
            "# HELP coffer_bytes_read_total What it is.\n"
            "# TYPE coffer_bytes_read_total counter\n"
            "coffer_bytes_read_total 12345678901234\n"
            "# HELP coffer_share What it is.\n"
            "# TYPE coffer_share gauge\n"
            "coffer_share 0.25\n");
}

TEST(PrometheusText, labels_and_helps_are_escaped) {
  Metric gauge = metric("g", 1);
  gauge.help = "a\\b\nc \"d\"";
  gauge.samples[0].labels = {{"pipe", "a\"b\\c\nd"}, {"kind", "x"}};
  EXPECT_EQ(prometheus_text({gauge}),
            "# HELP g a\\\\b\\nc \"d\"\n# TYPE g gauge\ng{pipe=\"a\\\"b\\\\c\\nd\",kind=\"x\"} 1\n");
}

TEST(PrometheusText, what_has_no_samples_is_left_out) {
  Metric none = metric("g", 1);
  none.samples.clear();
  EXPECT_EQ(prometheus_text({none}), "");
}

TEST(PrometheusText, values_that_are_no_numbers_have_names) {
  Metric gauge = metric("g", std::numeric_limits<double>::infinity());
  gauge.samples.emplace_back().value = -std::numeric_limits<double>::infinity();
  gauge.samples.emplace_back().value = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(prometheus_text({gauge}), "# HELP g What it is.\n# TYPE g gauge\ng +Inf\ng -Inf\ng NaN\n");
}

}  // namespace
}  // namespace coffer
