#include "pipe/time_axis.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace coffer {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr std::array long_steps = {10s,  15s,   30s,   60s,   120s,   300s,   600s,
                                   900s, 1800s, 3600s, 7200s, 14400s, 21600s, 43200s};

/// 1, 2 or 5 of a unit below ten seconds; round minutes and hours above.
nanoseconds round_step(nanoseconds least) {
  for (nanoseconds unit = 1us; unit <= 1s; unit *= 10) {
    for (const int times : {1, 2, 5}) {
      if (unit * times >= least) return unit * times;
    }
  }
  for (const nanoseconds step : long_steps) {
    if (step >= least) return step;
  }
  const nanoseconds day = 24h;
  return day * ((least + day - 1ns) / day);
}

std::string in_sixtieths(std::int64_t small, const char* unit) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%lld:%02lld %s", static_cast<long long>(small / 60),
                static_cast<long long>(small % 60), unit);
  return text.data();
}

/// Without the zeros at its end.
std::string in_thousandths(std::int64_t small, const char* unit) {
  std::string text = std::to_string(small / 1000);
  if (small % 1000 != 0) {
    const std::string fraction = std::to_string(1000 + small % 1000).substr(1);
    text += "." + fraction.substr(0, fraction.find_last_not_of('0') + 1);
  }
  return text + " " + unit;
}

}  // namespace

TimeAxis TimeAxis::of(nanoseconds length, std::size_t most) {
  TimeAxis axis;
  axis.length = length;
  axis.step = round_step(length / static_cast<nanoseconds::rep>(most));
  return axis;
}

std::vector<nanoseconds> TimeAxis::marks() const {
  std::vector<nanoseconds> marks;
  for (nanoseconds mark{0}; mark <= length; mark += step) marks.push_back(mark);
  return marks;
}

std::string TimeAxis::text(nanoseconds mark) const {
  if (mark.count() == 0) return "0";
  if (length >= 1h) return in_sixtieths(mark / 1min, "h");
  if (length >= 2min) return in_sixtieths(mark / 1s, "min");
  if (length >= 1s) return in_thousandths(mark / 1ms, "s");
  return in_thousandths(mark / 1us, "ms");
}

}  // namespace coffer
