#include "pipe/condition_check.hpp"

#include <algorithm>
#include <string>

#include "pipe/condition.hpp"
#include "pipe/in_quotes.hpp"

namespace coffer {
namespace {

bool may_both_run(const PipeSpec& a, const PipeSpec& b) {
  return std::ranges::none_of(a.conditions(), [&](const ConditionSpec& one) {
    return std::ranges::any_of(b.conditions(),
                               [&](const ConditionSpec& other) { return exclude_each_other(one, other); });
  });
}

bool gives_list(const PipeSpec& pipe, const WriteSpec& write) {
  return pipe.batch() || write.yield == Yield::folder || write.yield == Yield::list;
}

class Alternatives {
 public:
  Alternatives(const Pipeline& pipeline, const NameUse& use, Findings& findings)
      : pipeline_(pipeline), use_(use), findings_(findings) {}

  void check() {
    for (std::size_t i = 1; i < use_.writers.size(); ++i) {
      if (!check_apart(i)) continue;
      check_alike(use_.writers[0], use_.writers[i]);
    }
  }

 private:
  const PipeSpec& pipe_of(const NameUse::Writer& writer) const { return pipeline_.pipes()[writer.pipe]; }

  /// From those before it.
  bool check_apart(std::size_t i) {
    const NameUse::Writer& later = use_.writers[i];
    for (std::size_t j = 0; j < i; ++j) {
      const NameUse::Writer& earlier = use_.writers[j];
      if (!may_both_run(pipe_of(earlier), pipe_of(later))) continue;
      std::string message = in_quotes(use_.name) + " has two writers: " + in_quotes(pipe_of(earlier).name()) +
                            also_at(earlier.spec->place) + " and " + in_quotes(pipe_of(later).name());
      if (!pipe_of(earlier).conditions().empty() || !pipe_of(later).conditions().empty())
        message += ", which may both run: give them conditions on one name of which at most one can hold";
      findings_.error(later.spec->place, std::move(message));
      return false;
    }
    return true;
  }

  void check_alike(const NameUse::Writer& first, const NameUse::Writer& other) {
    std::string differ;
    if (gives_list(pipe_of(first), *first.spec) != gives_list(pipe_of(other), *other.spec))
      differ = "one of them as a list and the other as one object";
    else if (first.spec->type != other.spec->type)
      differ = "as '" + first.spec->type + "' and as '" + other.spec->type + "'";
    else if (pipe_of(first).writes_live() != pipe_of(other).writes_live())
      differ = "and only one of them has attempts: give both a retry, or none";
    if (differ.empty()) return;
    findings_.error(other.spec->place, in_quotes(use_.name) + " is written by " + in_quotes(pipe_of(first).name()) +
                                           also_at(first.spec->place) + " and " + in_quotes(pipe_of(other).name()) +
                                           ", " + differ);
  }

  const Pipeline& pipeline_;
  const NameUse& use_;
  Findings& findings_;
};

}  // namespace

std::string also_at(SourcePlace place) { return place.known() ? " (" + place_text(place) + ")" : ""; }

void check_alternatives(const Pipeline& pipeline, const NameUse& use, Findings& findings) {
  Alternatives(pipeline, use, findings).check();
}

void check_conditions(const NameIndex& names, const PipeSpec& pipe, Findings& findings) {
  const std::string who = "a condition of the pipe " + in_quotes(pipe.name());
  for (const ConditionSpec& condition : pipe.conditions()) {
    if (condition.texts.empty()) findings.error(condition.place, who + " has no text to compare with");
    if (names.use(condition.name).is_list) {
      findings.error(condition.place, who + " looks at " + in_quotes(condition.name) +
                                          ", which is a list: it can look at one small object");
    }
  }
}

}  // namespace coffer
