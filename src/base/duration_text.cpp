#include <coffer/base/duration_text.hpp>

namespace coffer {

std::string format_duration(std::chrono::nanoseconds time) {
  const long long thousandths = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  const long long whole = thousandths / 1000;
  if (whole < 1) return std::to_string(thousandths) + " ms";
  if (whole < 10) return std::to_string(whole) + "." + std::to_string(thousandths / 100 % 10) + " s";
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

}  // namespace coffer
