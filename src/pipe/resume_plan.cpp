#include "pipe/resume_plan.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "pipe/pipe_identity.hpp"

namespace coffer {
namespace {

class Planner {
 public:
  Planner(const RunPlan& plan, const Pipeline& pipeline, const RunHistory& history, const ResumeFacts& facts)
      : plan_(plan),
        pipeline_(pipeline),
        history_(history),
        facts_(facts),
        there_(plan.data().size()),
        left_out_(plan.data().size()) {}

  ResumePlan make() {
    for (std::size_t i = 0; i < plan_.data().size(); ++i) {
      if (plan_.data()[i].writers.empty()) take_input(i);
    }
    // From the inputs on: a pipe is decided when all that it reads is.
    std::set<std::size_t> open;
    for (std::size_t i = 0; i < pipeline_.pipes().size(); ++i) open.insert(i);
    for (bool moved = true; moved;) {
      moved = false;
      for (auto pipe = open.begin(); pipe != open.end();) {
        if (!is_decidable(*pipe, open)) {
          ++pipe;
          continue;
        }
        take_pipe(*pipe);
        pipe = open.erase(pipe);
        moved = true;
      }
    }
    return std::move(result_);
  }

 private:
  const std::string& name_of(std::size_t data) const { return plan_.data()[data].name; }

  bool is_decidable(std::size_t pipe, const std::set<std::size_t>& open) const {
    const auto is_open = [&](std::size_t data) {
      return std::ranges::any_of(plan_.data()[data].writers, [&](std::size_t writer) { return open.contains(writer); });
    };
    return std::ranges::none_of(plan_.looks_at(pipe), is_open) &&
           std::ranges::none_of(plan_.inputs(pipe), is_open, &RunPlan::Input::data);
  }

  /// Why the object is not as it was; empty where it is.
  std::string loss(const RunObject& object) const {
    const auto place = facts_.places.find(object.name);
    if (place != facts_.places.end() && place->second != object.stored.uri.text()) {
      return "'" + object.name + "' goes somewhere else now";
    }
    return absence(object);
  }

  std::string absence(const RunObject& object) const {
    if (object.content) return "";
    const auto etag = facts_.etags.find(object.stored.uri.text());
    if (etag == facts_.etags.end()) return "'" + object.name + "' is not in the store any more";
    if (etag->second != object.stored.etag) return "'" + object.name + "' was replaced by somebody else";
    return "";
  }

  void keep(std::size_t data, const RunObject& object) {
    there_[data] = UsedInput{object.name, object.stored.uri.text(), object.stored.etag};
    result_.objects.emplace(data, object);
    const auto elements = facts_.lists.find(object.stored.uri.text());
    if (elements != facts_.lists.end()) result_.lists.emplace(data, elements->second);
  }

  /// How an input that is to be stored differs from what was stored; empty where it does not. A stream cannot be
  /// compared.
  std::string change_of(const std::string& name, const GivenInput& now) const {
    const auto& inputs = history_.begun->inputs;
    const auto then = std::ranges::find(inputs, name, &GivenInput::name);
    if (then == inputs.end() || now.uri.empty() || then->uri.empty()) return "it was given anew";
    if (then->uri != now.uri) return "it comes from somewhere else now";
    if (then->etag != now.etag) return "what it comes from has changed";
    return "";
  }

  void take_input(std::size_t data) {
    const std::string& name = name_of(data);
    const auto given = facts_.given.find(name);
    const auto stored = history_.stored.find(name);
    if (given != facts_.given.end() && !given->second.is_ingested) {
      there_[data] = UsedInput{name, given->second.uri, given->second.etag};
      if (stored != history_.stored.end()) again(name, true, "it is read where it lies now");
      return;
    }
    if (stored == history_.stored.end()) return;
    const bool was_list = is_list_type(stored->second.object.stored.content_type);
    std::string why = loss(stored->second.object);
    if (why.empty() && was_list != plan_.data()[data].is_list)
      why = was_list ? "it is no list now" : "it is a list now";
    if (why.empty() && given != facts_.given.end()) why = change_of(name, given->second);
    if (!why.empty()) return again(name, true, why);
    keep(data, stored->second.object);
  }

  std::string why_not(std::size_t pipe, const PipeFinished& then) const {
    if (std::string changed = difference(then.identity, facts_.identities[pipe]); !changed.empty()) return changed;
    for (const RunPlan::Input& input : plan_.inputs(pipe)) {
      const auto used = std::ranges::find(then.inputs, name_of(input.data), &UsedInput::name);
      const bool was_absent = used == then.inputs.end();
      if (was_absent ? !left_out_[input.data] : !is_as_it_was(input.data, *used))
        return "its input '" + name_of(input.data) + "' is another one now";
    }
    for (const std::size_t data : plan_.looks_at(pipe)) {
      const auto used = std::ranges::find(then.inputs, name_of(data), &UsedInput::name);
      if (used == then.inputs.end() || !is_as_it_was(data, *used))
        return "'" + name_of(data) + "', which a condition looks at, is another one now";
    }
    for (const std::size_t output : plan_.outputs(pipe)) {
      const auto object = std::ranges::find(then.outputs, name_of(output), &RunObject::name);
      if (object == then.outputs.end()) return "its output '" + name_of(output) + "' is not known";
      if (std::string lost = loss(*object); !lost.empty()) return "its output " + lost;
    }
    return "";
  }

  bool is_as_it_was(std::size_t data, const UsedInput& then) const {
    const std::optional<UsedInput>& now = there_[data];
    return now && !now->etag.empty() && then.uri == now->uri && then.etag == now->etag;
  }

  /// It would be skipped for the same reason again.
  bool is_still_skipped(std::size_t pipe, const PipeSkipped& then) const {
    if (then.spec != facts_.identities[pipe].spec) return false;
    if (then.looked_at) return is_as_it_was(plan_.position(then.looked_at->name), *then.looked_at);
    return left_out_[plan_.position(then.absent)];
  }

  void take_skip(std::size_t pipe, const PipeSkipped& then) {
    result_.skipped.emplace(pipe, then.why);
    const auto is_skipped = [&](std::size_t writer) { return result_.skipped.contains(writer); };
    for (const std::size_t output : plan_.outputs(pipe))
      left_out_[output] = std::ranges::all_of(plan_.data()[output].writers, is_skipped);
  }

  void take_pipe(std::size_t pipe) {
    const std::string& name = pipeline_.pipes()[pipe].name();
    const auto skipped = history_.skipped.find(name);
    if (skipped != history_.skipped.end() && is_still_skipped(pipe, skipped->second))
      return take_skip(pipe, skipped->second);
    const auto then = history_.finished.find(name);
    if (then == history_.finished.end()) return take_elements(pipe);
    if (const std::string why = why_not(pipe, then->second); !why.empty()) return again(name, false, why);
    for (const std::size_t output : plan_.outputs(pipe)) {
      keep(output, *std::ranges::find(then->second.outputs, name_of(output), &RunObject::name));
    }
    result_.finished.insert(pipe);
  }

  /// The elements of the list that a batch works on; null where they are not known before it runs.
  const std::vector<ListElement>* elements_of(std::size_t data) const {
    const auto given = facts_.lists.find(name_of(data));
    if (given != facts_.lists.end()) return &given->second;
    const RunObject* const object = result_.find(data);
    if (object == nullptr) return nullptr;
    const auto kept = facts_.lists.find(object->stored.uri.text());
    return kept == facts_.lists.end() ? nullptr : &kept->second;
  }

  bool is_same_batch(std::size_t pipe, std::size_t over, const BatchBegun& then) const {
    if (!difference(then.identity, facts_.identities[pipe]).empty()) return false;
    return std::ranges::all_of(plan_.inputs(pipe), [&](const RunPlan::Input& input) {
      if (input.data == over) return true;
      if (left_out_[input.data])
        return std::ranges::find(then.inputs, name_of(input.data), &UsedInput::name) == then.inputs.end();
      const std::optional<UsedInput>& now = there_[input.data];
      return now && !now->etag.empty() && std::ranges::find(then.inputs, *now) != then.inputs.end();
    });
  }

  /// What of a batch that has not finished counts still.
  void take_elements(std::size_t pipe) {
    const PipeSpec& spec = pipeline_.pipes()[pipe];
    const auto batch = history_.batches.find(spec.name());
    if (!spec.batch() || batch == history_.batches.end()) return;
    const std::size_t over = plan_.position(spec.batch()->over);
    const std::vector<ListElement>* const elements = elements_of(over);
    if (!is_same_batch(pipe, over, batch->second.begun)) return;
    const bool is_own = !plan_.data()[over].writers.empty();
    for (const auto& [index, then] : batch->second.elements) {
      const auto is_lost = [&](const RunObject& made) { return !absence(made).empty(); };
      if (then.outputs.size() != plan_.outputs(pipe).size() || std::ranges::any_of(then.outputs, is_lost)) continue;
      MadeElement made;
      for (const RunObject& output : then.outputs) made.outputs.push_back(output.stored);
      const bool same = elements != nullptr && index < elements->size() && is_same((*elements)[index], then.element);
      if (!same && is_own) made.of = still_there(then.element);
      if (same || made.of) result_.elements[pipe].emplace(index, std::move(made));
    }
  }

  static bool is_same(const ListElement& now, const UsedInput& then) {
    return !then.etag.empty() && now.stored.uri.text() == then.uri && now.stored.etag == then.etag;
  }

  /// An element of a list that the run itself has written.
  std::optional<Stored> still_there(const UsedInput& element) const {
    const auto etag = facts_.etags.find(element.uri);
    if (element.etag.empty() || etag == facts_.etags.end() || etag->second != element.etag) return std::nullopt;
    Stored stored;
    stored.uri = Uri(element.uri);
    stored.etag = element.etag;
    return stored;
  }

  void again(const std::string& name, bool is_input, const std::string& why) {
    result_.again.push_back(PipeAgain{name, is_input, why});
  }

  const RunPlan& plan_;
  const Pipeline& pipeline_;
  const RunHistory& history_;
  const ResumeFacts& facts_;
  std::vector<std::optional<UsedInput>> there_;  // What each name's object is now, where that is known.
  std::vector<bool> left_out_;                   // What nobody will write, as far as that is known.
  ResumePlan result_;
};

}  // namespace

ResumePlan plan_resume(const RunPlan& plan, const Pipeline& pipeline, const RunHistory& history,
                       const ResumeFacts& facts) {
  if (!history.begun) return {};
  return Planner(plan, pipeline, history, facts).make();
}

std::vector<RunObject> lists_of(const RunHistory& history) {
  std::vector<RunObject> lists;
  for (const auto& [name, finished] : history.finished) {
    std::ranges::copy_if(finished.outputs, std::back_inserter(lists),
                         [](const RunObject& object) { return is_list_type(object.stored.content_type); });
  }
  return lists;
}

std::set<std::string> uris_of(const RunHistory& history) {
  std::set<std::string> uris;
  const auto add = [&uris](const RunObject& object) {
    if (!object.content) uris.insert(object.stored.uri.text());
  };
  for (const auto& [name, stored] : history.stored) add(stored.object);
  for (const auto& [name, finished] : history.finished) std::ranges::for_each(finished.outputs, add);
  for (const auto& [name, batch] : history.batches) {
    for (const auto& [index, element] : batch.elements) std::ranges::for_each(element.outputs, add);
  }
  return uris;
}

}  // namespace coffer
