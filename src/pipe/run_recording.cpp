#include <algorithm>
#include <map>
#include <string>

#include <coffer/pipe/run_recording.hpp>

namespace coffer {
namespace {

using Lane = RunRecording::Lane;

/// What a lane waited for last, and since when it was there.
struct Last {
  std::size_t lane = 0;
  std::chrono::nanoseconds there{0};
};

/// Walks back from the end of a run to its start.
class Walk {
 public:
  explicit Walk(const RunRecording& recording) : recording_(recording) {
    for (std::size_t i = 0; i < recording.lanes.size(); ++i) {
      if (!recording.lanes[i].has_run()) continue;
      for (const std::string& name : recording.lanes[i].writes) writers_.emplace(name, i);
    }
    for (const RunRecording::Object& object : recording.objects) {
      if (object.committed) committed_.emplace(object.name, *object.committed);
    }
  }

  std::vector<CriticalStep> path() const {
    std::vector<CriticalStep> steps;
    std::optional<std::size_t> lane = last();
    if (!lane) return steps;
    std::chrono::nanoseconds until = recording_.lanes[*lane].report.ended;
    // Names that read each other in a circle are no pipeline, but may be a recording.
    while (lane && steps.size() < recording_.lanes.size()) {
      const std::optional<Last> before = waited_for(recording_.lanes[*lane], until);
      CriticalStep step;
      step.lane = *lane;
      step.from = before ? before->there : std::min(recording_.lanes[*lane].report.started, until);
      step.until = until;
      steps.push_back(step);
      lane = before ? std::optional(before->lane) : std::nullopt;
      until = step.from;
    }
    std::ranges::reverse(steps);
    return steps;
  }

 private:
  std::optional<std::size_t> last() const {
    if (const Lane* const failed = recording_.failed_lane()) {
      return static_cast<std::size_t>(failed - recording_.lanes.data());
    }
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < recording_.lanes.size(); ++i) {
      if (!recording_.lanes[i].has_run()) continue;
      if (!found || recording_.lanes[i].report.ended > recording_.lanes[*found].report.ended) found = i;
    }
    return found;
  }

  std::optional<Last> waited_for(const Lane& lane, std::chrono::nanoseconds until) const {
    std::optional<Last> found;
    for (const std::string& name : lane.reads) {
      const auto writer = writers_.find(name);
      const auto committed = committed_.find(name);
      // What was not there until then was not waited for to its end: the lane failed before.
      if (writer == writers_.end() || committed == committed_.end() || committed->second > until) continue;
      if (found && found->there >= committed->second) continue;
      found = Last{writer->second, committed->second};
    }
    return found;
  }

  const RunRecording& recording_;
  std::map<std::string, std::size_t> writers_;
  std::map<std::string, std::chrono::nanoseconds> committed_;
};

}  // namespace

const Lane* RunRecording::failed_lane() const noexcept {
  const Lane* found = nullptr;
  for (const Lane& lane : lanes) {
    if (lane.state != State::failed) continue;
    if (found == nullptr || lane.report.ended < found->report.ended) found = &lane;
  }
  return found;
}

std::vector<CriticalStep> critical_path(const RunRecording& recording) { return Walk(recording).path(); }

}  // namespace coffer
