#pragma once

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <coffer/pipe/pipeline_check.hpp>

namespace coffer {

/// What is found wrong with a pipeline, in the order of the file, and where the place is the same in the order in which
/// it was found.
class Findings {
 public:
  void error(SourcePlace place, std::string message) { add(Severity::error, place, std::move(message)); }
  void warning(SourcePlace place, std::string message) { add(Severity::warning, place, std::move(message)); }
  std::vector<Finding> take() { return std::move(found_); }

 private:
  void add(Severity severity, SourcePlace place, std::string message) {
    Finding finding;
    finding.severity = severity;
    finding.place = place;
    finding.message = std::move(message);
    const auto before =
        std::ranges::upper_bound(found_, std::tuple(place.line, place.column), {},
                                 [](const Finding& other) { return std::tuple(other.place.line, other.place.column); });
    found_.insert(before, std::move(finding));
  }

  std::vector<Finding> found_;
};

}  // namespace coffer
