#include <charconv>
#include <cstdint>

#include <coffer/base/duration_text.hpp>

namespace coffer {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
// From the largest on.
constexpr Unit units[] = {{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};
constexpr std::int64_t longest = std::int64_t{7} * 24 * 3'600'000;

}  // namespace

std::string format_duration(std::chrono::nanoseconds time) {
  const long long thousandths = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  const long long whole = thousandths / 1000;
  if (whole < 1) return std::to_string(thousandths) + " ms";
  if (whole < 10) return std::to_string(whole) + "." + std::to_string(thousandths / 100 % 10) + " s";
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, number);
  const std::string_view name(stop, static_cast<std::size_t>(end - stop));
  for (const Unit& unit : units) {
    if (failed != std::errc() || name != unit.name || number < 0) continue;
    if (number > longest / unit.milliseconds) return Error(ErrorKind::invalid_argument, "is longer than 7 days");
    return std::chrono::milliseconds(number * unit.milliseconds);
  }
  return Error(ErrorKind::invalid_argument, "is no duration such as \"250ms\", \"30s\", \"5m\" or \"2h\"");
}

std::string duration_text(std::chrono::milliseconds duration) {
  for (const Unit& unit : units) {
    if (duration.count() != 0 && duration.count() % unit.milliseconds != 0) continue;
    if (duration.count() == 0 && unit.name != "s") continue;
    return std::to_string(duration.count() / unit.milliseconds) + std::string(unit.name);
  }
  return "";
}

}  // namespace coffer
