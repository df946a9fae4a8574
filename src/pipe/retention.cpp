#include <algorithm>
#include <tuple>

#include <coffer/pipe/runs.hpp>

namespace coffer {

std::vector<std::string> runs_past(const std::vector<RunInfo>& runs, const Retention& retention,
                                   std::chrono::system_clock::time_point now) {
  std::vector<const RunInfo*> finished;
  std::uint64_t bytes = 0;
  for (const RunInfo& run : runs) {
    if (run.status != RunStatus::finished) continue;
    finished.push_back(&run);
    bytes += run.bytes;
  }
  std::ranges::sort(finished, {}, [](const RunInfo* run) { return std::tie(run->changed, run->id); });
  std::vector<std::string> past;
  for (const RunInfo* run : finished) {
    const bool is_old = retention.older_than && run->changed < now - *retention.older_than;
    const bool is_too_much = retention.over && bytes > *retention.over;
    if (!is_old && !is_too_much) continue;
    past.push_back(run->id);
    bytes -= run->bytes;
  }
  return past;
}

}  // namespace coffer
