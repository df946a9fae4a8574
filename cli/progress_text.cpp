#include "cli/progress_text.hpp"

#include <algorithm>

#include <coffer/base/byte_size.hpp>
#include <coffer/base/duration_text.hpp>

#include "cli/columns.hpp"
#include "cli/text.hpp"

namespace coffer::cli {
namespace {

constexpr std::chrono::seconds window(2);
constexpr std::size_t shortest_name = 12;

std::string amounts(const ProgressFacts& facts) {
  std::string text;
  if (facts.total && *facts.total != 0) {
    const double share = static_cast<double>(facts.bytes) / static_cast<double>(*facts.total);
    const int percent = static_cast<int>(std::min(share, 1.0) * 100);
    text += "  " + pad_left(std::to_string(percent), 3) + " %";
  }
  text += "  " + format_byte_size(facts.bytes);
  if (facts.total) text += " of " + format_byte_size(*facts.total);
  if (facts.per_second) text += "  " + format_byte_size(static_cast<std::uint64_t>(*facts.per_second)) + "/s";
  text += "  memory " + format_byte_size(facts.memory);
  if (facts.total && facts.per_second && *facts.per_second >= 1 && *facts.total > facts.bytes) {
    const double left = static_cast<double>(*facts.total - facts.bytes) / *facts.per_second;
    const std::chrono::duration<double> time(std::min(left, 1e6));
    text += "  " + format_duration(std::chrono::duration_cast<std::chrono::nanoseconds>(time)) + " left";
  }
  return text;
}

}  // namespace

void RateMeter::add(std::chrono::steady_clock::time_point now, std::uint64_t bytes) {
  Sample sample;
  sample.at = now;
  sample.bytes = bytes;
  samples_.push_back(sample);
  while (samples_.size() > 2 && now - samples_[1].at >= window) samples_.pop_front();
}

std::optional<double> RateMeter::per_second() const {
  if (samples_.size() < 2 || samples_.back().at == samples_.front().at) return std::nullopt;
  const std::chrono::duration<double> time = samples_.back().at - samples_.front().at;
  return static_cast<double>(samples_.back().bytes - samples_.front().bytes) / time.count();
}

std::string progress_text(const ProgressFacts& facts, std::size_t width) {
  const std::string numbers = amounts(facts);
  const std::size_t taken = display_width(numbers);
  const std::size_t left = width > taken ? width - taken : 0;
  const std::string line = shorten(printable(facts.what), std::max(left, shortest_name)) + numbers;
  return std::string(beginning(line, width));
}

}  // namespace coffer::cli
