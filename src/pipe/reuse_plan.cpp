#include "pipe/reuse_plan.hpp"

#include <algorithm>
#include <utility>

#include "pipe/in_quotes.hpp"
#include "pipe/pipe_identity.hpp"

namespace coffer {
namespace {

enum class Same : std::uint8_t { yes, no, unknown };

/// Whether two names stand for one content.
class Contents {
 public:
  Contents(const ReuseFacts& facts, ReuseQuestions& questions) : facts_(facts), questions_(questions) {}

  Same compare(const ContentName& then, const ContentName& now) const {
    if (now.etag.empty() || then.etag.empty()) return Same::no;
    if (then == now || are_aliases(then, now)) return Same::yes;
    const std::optional<std::string> hash_then = hash_of(then);
    const std::optional<std::string> hash_now = hash_of(now);
    if (hash_then && hash_now) return *hash_then == *hash_now ? Same::yes : Same::no;
    // Before one of them is read: whether it can be, and whether their sizes agree.
    const Same readable_then = hash_then ? Same::yes : is_readable(then);
    const Same readable_now = hash_now ? Same::yes : is_readable(now);
    if (readable_then == Same::no || readable_now == Same::no) return Same::no;
    if (readable_then == Same::unknown || readable_now == Same::unknown) return Same::unknown;
    const std::optional<std::uint64_t> size_then = size_of(then);
    const std::optional<std::uint64_t> size_now = size_of(now);
    if (size_then && size_now && *size_then != *size_now) return Same::no;
    if (!hash_then) questions_.hash.insert(then);
    if (!hash_now) questions_.hash.insert(now);
    return Same::unknown;
  }

  /// Why the object is not there as it was; empty where it is, or where that has to be asked.
  std::string loss(const std::string& name, const Stored& then) const {
    const std::string uri = then.uri.text();
    if (const auto refused = facts_.refused.find(uri); refused != facts_.refused.end()) return refused->second;
    const auto there = facts_.there.find(uri);
    if (there == facts_.there.end()) {
      questions_.look.insert(uri);
      return "";
    }
    if (!there->second) return in_quotes(name) + " is not in the store any more";
    const bool same = there->second->etag == then.etag && !then.etag.empty() && there->second->size == then.size;
    return same ? "" : in_quotes(name) + " was replaced by somebody else";
  }

 private:
  bool are_aliases(const ContentName& a, const ContentName& b) const {
    const auto of_a = facts_.aliases.find(a);
    if (of_a == facts_.aliases.end()) return false;
    if (of_a->second.contains(b)) return true;
    return std::ranges::any_of(of_a->second, [&](const ContentName& other) {
      const auto more = facts_.aliases.find(other);
      return more != facts_.aliases.end() && more->second.contains(b);
    });
  }

  std::optional<std::string> hash_of(const ContentName& name) const {
    const auto known = facts_.contents.find(name);
    if (known != facts_.contents.end() && known->second.sha256) return known->second.sha256;
    const auto aliases = facts_.aliases.find(name);
    if (aliases == facts_.aliases.end()) return std::nullopt;
    for (const ContentName& alias : aliases->second) {
      const auto other = facts_.contents.find(alias);
      if (other != facts_.contents.end() && other->second.sha256) return other->second.sha256;
    }
    return std::nullopt;
  }

  std::optional<std::uint64_t> size_of(const ContentName& name) const {
    const auto known = facts_.contents.find(name);
    if (known != facts_.contents.end() && known->second.size) return known->second.size;
    const auto there = facts_.there.find(name.uri);
    if (there == facts_.there.end() || !there->second || there->second->etag != name.etag) return std::nullopt;
    return there->second->size;
  }

  Same is_readable(const ContentName& name) const {
    if (name.uri.empty() || facts_.unreadable.contains(name)) return Same::no;
    const auto there = facts_.there.find(name.uri);
    if (there == facts_.there.end()) {
      questions_.look.insert(name.uri);
      return Same::unknown;
    }
    return there->second && there->second->etag == name.etag ? Same::yes : Same::no;
  }

  const ReuseFacts& facts_;
  ReuseQuestions& questions_;
};

/// Compares a pipe with what earlier runs have made of it.
class Chooser {
 public:
  Chooser(const PipeSpec& pipe, const PipeIdentity& identity, const std::map<std::string, ContentName>& inputs,
          const ReuseFacts& facts, ReuseQuestions& questions)
      : pipe_(pipe), identity_(identity), inputs_(inputs), facts_(facts), questions_(questions) {}

  ReuseChoice choose() {
    ReuseChoice hollow;
    ReuseQuestions open;
    std::string why_not = "no earlier run has finished it";
    std::size_t closest = 0;
    for (const auto& run : facts_.earlier) {
      const auto finished = run->finished.find(pipe_.name());
      if (finished == run->finished.end()) continue;
      asks_ = ReuseQuestions();
      const Difference found = difference_from(finished->second);
      if (found.closeness > closest) {
        closest = found.closeness;
        why_not = found.what;
      }
      ReuseChoice choice;
      if (found.what.empty()) {
        choice.run = run;
        choice.then = &finished->second;
        choice.loss = loss_of(finished->second);
      }
      open.add(asks_);
      if (!choice.run) continue;
      // What is sure needs no answers about others.
      if (choice.loss.empty() && asks_.empty()) return choice;
      if (!hollow.run) hollow = std::move(choice);
    }
    questions_.add(open);
    if (!hollow.run) hollow.why_not = why_not;
    return hollow;
  }

 private:
  /// The closer, the more of it agrees: people want to hear what is between them and the closest.
  struct Difference {
    std::string what;
    std::size_t closeness = 0;
  };

  Difference difference_from(const PipeFinished& then) {
    constexpr std::size_t other_pipe = 1;
    constexpr std::size_t other_input = 2;
    constexpr std::size_t same = 3;
    Difference result;
    if (result.what = difference(then.identity, identity_); !result.what.empty()) {
      result.closeness = other_pipe;
      return result;
    }
    for (const UsedInput& used : then.inputs) {
      const auto now = inputs_.find(used.name);
      const ContentName content{used.uri, used.etag};
      const Same compared = now == inputs_.end() ? Same::no : contents_.compare(content, now->second);
      if (compared == Same::yes) continue;
      result.what = "its input " + in_quotes(used.name) + " is another one now";
      result.closeness = other_input;
      return result;
    }
    for (const auto& [name, content] : inputs_) {
      if (std::ranges::find(then.inputs, name, &UsedInput::name) != then.inputs.end()) continue;
      result.what = "its input " + in_quotes(name) + " was absent then";
      result.closeness = other_input;
      return result;
    }
    result.closeness = same;
    return result;
  }

  std::string loss_of(const PipeFinished& then) {
    for (const RunObject& output : then.outputs) {
      if (output.content) continue;
      if (std::string lost = contents_.loss(output.name, output.stored); !lost.empty()) return lost;
      if (!is_list_type(output.stored.content_type)) continue;
      if (std::string lost = loss_of_list(output); !lost.empty()) return lost;
    }
    return "";
  }

  /// A list of which an element is gone is as good as gone itself.
  std::string loss_of_list(const RunObject& list) {
    const std::string uri = list.stored.uri.text();
    // Only its own object could be copied there.
    const auto place = facts_.places.find(list.name);
    if (place != facts_.places.end() && place->second != uri)
      return in_quotes(list.name) + " is a list that goes to a place of its own, where its elements would be missed";
    const auto loaded = facts_.lists.find(uri);
    if (loaded == facts_.lists.end()) {
      if (facts_.there.contains(uri)) asks_.load.insert(uri);
      return "";
    }
    if (!loaded->second) return in_quotes(list.name) + " cannot be read any more";
    for (const ListElement& element : *loaded->second) {
      const std::string name = list.name + "[" + std::to_string(element.index) + "]";
      if (std::string lost = contents_.loss(name, element.stored); !lost.empty()) return lost;
    }
    return "";
  }

  const PipeSpec& pipe_;
  const PipeIdentity& identity_;
  const std::map<std::string, ContentName>& inputs_;
  const ReuseFacts& facts_;
  ReuseQuestions& questions_;
  ReuseQuestions asks_;  // About one earlier run.
  Contents contents_{facts_, asks_};
};

class ReusePlanner {
 public:
  ReusePlanner(const RunPlan& plan, const Pipeline& pipeline, const ResumePlan& resumed,
               const std::map<std::string, GivenInput>& given, const ReuseFacts& facts)
      : plan_(plan), pipeline_(pipeline), resumed_(resumed), given_(given), facts_(facts) {}

  ReusePlan make() {
    // What somebody needs and is gone is made again, and then what follows from it is another question.
    do {
      result_ = ReusePlan();
      there_.assign(plan_.data().size(), std::nullopt);
      losses_.clear();
      take_what_is_there();
      for (const std::size_t pipe : order()) take(pipe);
    } while (result_.questions.empty() && drop_what_is_needed());
    find_idle_inputs();
    return std::move(result_);
  }

 private:
  const std::string& name_of(std::size_t data) const { return plan_.data()[data].name; }

  /// Each behind those that it reads from.
  std::vector<std::size_t> order() const {
    std::vector<std::size_t> ordered;
    std::set<std::size_t> open;
    for (std::size_t i = 0; i < pipeline_.pipes().size(); ++i) open.insert(i);
    const auto waits = [&](std::size_t data) {
      return std::ranges::any_of(plan_.data()[data].writers, [&](std::size_t writer) { return open.contains(writer); });
    };
    while (!open.empty()) {
      const auto next = std::ranges::find_if(
          open, [&](std::size_t pipe) { return std::ranges::none_of(plan_.depends_on(pipe), waits); });
      ordered.push_back(*next);
      open.erase(next);
    }
    return ordered;
  }

  void take_what_is_there() {
    for (std::size_t i = 0; i < plan_.data().size(); ++i) {
      if (!plan_.data()[i].writers.empty()) continue;
      const auto given = given_.find(name_of(i));
      if (given != given_.end() && !given->second.etag.empty())
        there_[i] = ContentName{given->second.uri, given->second.etag};
    }
    for (const auto& [data, object] : resumed_.objects)
      there_[data] = ContentName{object.stored.uri.text(), object.stored.etag};
  }

  bool is_finished(std::size_t pipe) const {
    return resumed_.finished.contains(pipe) || resumed_.skipped.contains(pipe) || result_.pipes.contains(pipe);
  }

  void take(std::size_t pipe) {
    const PipeSpec& spec = pipeline_.pipes()[pipe];
    if (resumed_.finished.contains(pipe) || resumed_.skipped.contains(pipe)) return;
    if (const auto dropped = dropped_.find(pipe); dropped != dropped_.end()) {
      result_.why_not.emplace(pipe, dropped->second);
      return;
    }
    std::map<std::string, ContentName> inputs;
    ReusePlan::Taken taken;
    // What a condition looks at is the same as where it held: then it holds.
    const std::vector<std::size_t> all = plan_.depends_on(pipe);
    for (const std::size_t data : all) {
      if (!there_[data]) continue;
      inputs.emplace(name_of(data), *there_[data]);
      taken.inputs.push_back(UsedInput{name_of(data), there_[data]->uri, there_[data]->etag});
    }
    const bool is_known = inputs.size() == all.size();
    if (!is_known && has_earlier(spec, facts_.identities[pipe], facts_)) {
      result_.later.insert(pipe);
      return;
    }
    ReuseChoice choice = choose_earlier(spec, facts_.identities[pipe], inputs, facts_, result_.questions);
    if (!choice.run) {
      result_.why_not.emplace(pipe, std::move(choice.why_not));
      return;
    }
    taken.run = std::move(choice.run);
    taken.then = choice.then;
    for (const std::size_t output : plan_.outputs(pipe)) {
      const auto made = std::ranges::find(taken.then->outputs, name_of(output), &RunObject::name);
      there_[output] = ContentName{made->stored.uri.text(), made->stored.etag};
      if (!choice.loss.empty()) {
        result_.idle.insert(output);
        continue;
      }
      result_.objects.emplace(output, *made);
      const auto list = facts_.lists.find(made->stored.uri.text());
      if (plan_.data()[output].is_list && list != facts_.lists.end() && list->second)
        result_.lists.emplace(output, *list->second);
    }
    if (!choice.loss.empty()) losses_.emplace(pipe, std::move(choice.loss));
    result_.pipes.emplace(pipe, std::move(taken));
  }

  bool is_needed(std::size_t data) const {
    const RunPlan::Data& of = plan_.data()[data];
    if (of.is_output || facts_.places.contains(of.name)) return true;
    return std::ranges::any_of(of.readers, [&](std::size_t reader) { return !is_finished(reader); });
  }

  /// Pipes of which something is gone that is needed are run. False where there are none.
  bool drop_what_is_needed() {
    const std::size_t before = dropped_.size();
    for (auto& [pipe, loss] : losses_) {
      const bool needed = std::ranges::any_of(plan_.outputs(pipe), [&](std::size_t data) { return is_needed(data); });
      if (needed) dropped_.emplace(pipe, "its output " + loss);
    }
    return dropped_.size() > before;
  }

  /// An input that would be stored, and that nobody reads then.
  void find_idle_inputs() {
    for (std::size_t i = 0; i < plan_.data().size(); ++i) {
      const auto given = given_.find(name_of(i));
      const bool is_ingest = given != given_.end() && given->second.is_ingested && there_[i] &&
                             !resumed_.objects.contains(i) && !plan_.data()[i].readers.empty();
      if (is_ingest && !is_needed(i)) result_.idle.insert(i);
    }
  }

  const RunPlan& plan_;
  const Pipeline& pipeline_;
  const ResumePlan& resumed_;
  const std::map<std::string, GivenInput>& given_;
  const ReuseFacts& facts_;
  std::vector<std::optional<ContentName>> there_;  // What each name's content is, where that is known.
  std::map<std::size_t, std::string> losses_;      // Of pipes that are taken without what they made.
  std::map<std::size_t, std::string> dropped_;
  ReusePlan result_;
};

}  // namespace

ReuseChoice choose_earlier(const PipeSpec& pipe, const PipeIdentity& identity,
                           const std::map<std::string, ContentName>& inputs, const ReuseFacts& facts,
                           ReuseQuestions& questions) {
  if (!pipe.is_command() && !pipe.reusable()) {
    ReuseChoice none;
    none.why_not = "it is C++ and does not say what it depends on (PipeSpec::reusable)";
    return none;
  }
  return Chooser(pipe, identity, inputs, facts, questions).choose();
}

bool has_earlier(const PipeSpec& pipe, const PipeIdentity& identity, const ReuseFacts& facts) {
  if (!pipe.is_command() && !pipe.reusable()) return false;
  return std::ranges::any_of(facts.earlier, [&](const auto& run) {
    const auto finished = run->finished.find(pipe.name());
    return finished != run->finished.end() && difference(finished->second.identity, identity).empty();
  });
}

ReusePlan plan_reuse(const RunPlan& plan, const Pipeline& pipeline, const ResumePlan& resumed,
                     const std::map<std::string, GivenInput>& given, const ReuseFacts& facts) {
  return ReusePlanner(plan, pipeline, resumed, given, facts).make();
}

}  // namespace coffer
