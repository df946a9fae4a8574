#include "pipe/dispose_plan.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "pipe/resume_plan.hpp"

namespace coffer {
namespace {

/// What is written down of objects: the last that counts of each URI.
struct Recorded {
  std::map<std::string, std::string> etags;
  std::set<std::string> outputs;
};

Recorded recorded(const RunHistory& history) {
  std::set<std::string> names;
  if (history.begun) names.insert(history.begun->outputs.begin(), history.begun->outputs.end());
  Recorded all;
  const auto add = [&](const RunObject& object) {
    if (object.content) return;
    const std::string uri = object.stored.uri.text();
    all.etags.insert_or_assign(uri, object.stored.etag);
    if (names.contains(object.name)) all.outputs.insert(uri);
  };
  for (const auto& [name, stored] : history.stored) add(stored.object);
  for (const auto& [name, finished] : history.finished) std::ranges::for_each(finished.outputs, add);
  if (history.completed) std::ranges::for_each(history.completed->outputs, add);
  return all;
}

}  // namespace

DisposePlan plan_dispose(const RunHistory& history, Keep keep, const std::vector<ObjectInfo>& there,
                         const std::vector<HeldPin>& pins, const std::set<std::string>& elements) {
  const Recorded known = recorded(history);
  DisposePlan plan;
  for (const ObjectInfo& object : there) {
    const std::string uri = object.uri.text();
    const auto pin = std::ranges::find_if(pins, [&](const HeldPin& candidate) { return pins_object(candidate, uri); });
    if (pin != pins.end()) {
      plan.left.push_back({uri, "the run " + pin->by + " reads it", true});
      plan.is_pinned = true;
      continue;
    }
    const bool is_kept = keep == Keep::everything || (keep == Keep::outputs && known.outputs.contains(uri));
    if (is_kept || elements.contains(uri)) continue;
    const auto etag = known.etags.find(uri);
    if (etag != known.etags.end() && etag->second != object.etag) {
      plan.left.push_back({uri, "somebody has replaced it since", false});
      continue;
    }
    plan.remove.push_back(object);
  }
  return plan;
}

std::vector<Uri> lists_that_stay(const RunHistory& history, Keep keep, const std::string& own) {
  std::vector<Uri> lists;
  if (!history.begun) return lists;
  const std::vector<std::string>& outputs = history.begun->outputs;
  const auto is_elsewhere = [&own](const RunObject& list) { return !list.stored.uri.text().starts_with(own); };
  for (RunObject& list : lists_of(history)) {
    const bool is_output = std::ranges::find(outputs, list.name) != outputs.end();
    if (is_elsewhere(list) || (keep == Keep::outputs && is_output)) lists.push_back(std::move(list.stored.uri));
  }
  for (const RunObject& list : history.lists_given_up) {
    if (is_elsewhere(list)) lists.push_back(list.stored.uri);
  }
  return lists;
}

}  // namespace coffer
