#include "cli/timeline.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

#include <coffer/base/byte_size.hpp>
#include <coffer/base/duration_text.hpp>

#include "cli/columns.hpp"
#include "cli/text.hpp"

namespace coffer::cli {
namespace {

constexpr std::size_t longest_name_shown = 24;
constexpr std::size_t least_bar = 10;
constexpr std::size_t most_bar = 60;

struct Axis {
  std::chrono::nanoseconds wall{1};
  std::size_t columns = most_bar;

  std::size_t column(std::chrono::nanoseconds at) const {
    const double part = static_cast<double>(at.count()) / static_cast<double>(std::max<std::int64_t>(wall.count(), 1));
    return std::min(columns, static_cast<std::size_t>(part * static_cast<double>(columns)));
  }
};

std::string repeat(const char* cell, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += cell;
  return text;
}

std::string bar(const PipeReport& pipe, const Axis& axis) {
  const std::size_t begin = std::min(axis.column(pipe.started), axis.columns - 1);
  const std::size_t end = std::max(axis.column(pipe.ended), begin + 1);
  const std::size_t output = std::clamp(pipe.first_output ? axis.column(*pipe.first_output) : end, begin, end);
  return repeat(" ", begin) + repeat("░", output - begin) + repeat("█", end - output) + repeat(" ", axis.columns - end);
}

}  // namespace

std::string timeline(const RunResult& result, std::size_t width) {
  std::size_t name_width = 4;
  for (const PipeReport& pipe : result.pipes) {
    name_width = std::max(name_width, std::min(display_width(printable(pipe.name)), longest_name_shown));
  }
  constexpr std::size_t times_width = 26;
  Axis axis;
  axis.wall = result.wall;
  const std::size_t others = name_width + times_width + 6;
  axis.columns = std::clamp(width > others ? width - others : 0, least_bar, most_bar);
  std::string text;
  for (const PipeReport& pipe : result.pipes) {
    const std::string name = pad_right(shorten(printable(pipe.name), name_width), name_width);
    const std::string times = format_duration(pipe.started) + " to " + format_duration(pipe.ended);
    const std::uint64_t bytes = pipe.is_ingest ? pipe.bytes_in : pipe.bytes_out;
    text.append("  ").append(name).append(" │").append(bar(pipe, axis)).append("│ ");
    text.append(times).append(", ").append(format_byte_size(bytes)).append("\n");
  }
  return text;
}

std::string summary(const RunResult& result) {
  std::string text = format_duration(result.wall) + "; stored " + format_byte_size(result.bytes_stored) + "; read " +
                     format_byte_size(result.bytes_read);
  if (result.bytes_ahead > 0) text += "; read ahead " + format_byte_size(result.bytes_ahead);
  if (result.hidden) {
    const auto percent = static_cast<int>(std::floor(result.hidden->share() * 100));
    text += "; " + std::to_string(percent) + " % of storage time hidden behind work";
  }
  text += "; memory at most " + format_byte_size(result.peak_memory) + " (buffers " +
          format_byte_size(result.peak_buffers) + ")";
  return text;
}

}  // namespace coffer::cli
