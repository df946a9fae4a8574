#include "cli/run_rows.hpp"

#include <coffer/base/byte_size.hpp>
#include <coffer/base/duration_text.hpp>

#include "cli/columns.hpp"
#include "cli/text.hpp"

namespace coffer::cli {
namespace {

constexpr std::chrono::milliseconds rate_over(500);

std::string waits_for(const std::vector<std::string>& names) {
  std::string text = "waits for ";
  for (const std::string& name : names) text += (&name == &names.front() ? "" : ", ") + printable(name);
  return text;
}

std::string figures(const RunRow& row, bool with_rate) {
  std::string text;
  if (row.elements) text += "  " + std::to_string(*row.elements);
  if (row.elements && row.elements_total) text += " of " + std::to_string(*row.elements_total);
  if (row.bytes_in > 0) text += "  " + format_byte_size(row.bytes_in) + " in";
  if (row.bytes_out > 0) text += "  " + format_byte_size(row.bytes_out) + " out";
  if (with_rate && row.rate > 0) text += "  " + format_byte_size(row.rate) + "/s";
  return text;
}

}  // namespace

void RecentRate::count(std::chrono::nanoseconds at, std::uint64_t bytes) {
  const std::chrono::nanoseconds passed = at - since_;
  if (has_begun_ && passed < rate_over) return;
  if (has_begun_) {
    per_second_ =
        static_cast<std::uint64_t>(static_cast<double>(bytes - bytes_) * 1e9 / static_cast<double>(passed.count()));
  }
  has_begun_ = true;
  since_ = at;
  bytes_ = bytes;
}

std::string row_text(const RunRow& row, std::size_t name_width, std::size_t width) {
  const std::string time = row.elapsed.count() > 0 ? format_duration(row.elapsed) : std::string();
  const std::string begin = pad_right(shorten(printable(row.name), name_width), name_width) + "  " + pad_left(time, 9);
  const std::string end = row.does.empty() ? std::string() : "  " + row.does;
  const std::string whole = begin + figures(row, true) + end;
  return display_width(whole) <= width ? whole : shorten(begin + figures(row, false) + end, width);
}

std::string activity_text(PipeActivity activity, bool is_ingest, const std::vector<std::string>& missing) {
  if (activity == PipeActivity::works) return "works";
  if (activity == PipeActivity::waits_for_output) return "waits for storage";
  if (activity == PipeActivity::waits_to_retry) return "waits to try again";
  if (is_ingest) return "waits for its source";
  return missing.empty() ? "waits for storage" : waits_for(missing);
}

}  // namespace coffer::cli
