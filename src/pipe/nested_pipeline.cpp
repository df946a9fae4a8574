#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <coffer/base/did_you_mean.hpp>
#include <coffer/base/error.hpp>
#include <coffer/pipe/nested_pipeline.hpp>

#include "pipe/in_quotes.hpp"
#include "pipe/name_index.hpp"

namespace coffer {
namespace {

Error misfit(const std::string& message) { return {ErrorKind::invalid_argument, message}; }

template <class Specs>
std::vector<std::string> names_among(const Specs& specs) {
  std::vector<std::string> names;
  names.reserve(specs.size());
  for (const auto& spec : specs) names.push_back(spec.name);
  return names;
}

/// Takes an inner pipeline's pipes out of it.
class Nesting {
 public:
  Nesting(const Pipeline& inner, const NestSpec& how) : inner_(inner), how_(how) {}

  std::vector<PipeSpec> pipes() {
    check_maps();
    find_elementwise();
    std::vector<PipeSpec> pipes;
    for (const PipeSpec& pipe : inner_.pipes()) pipes.push_back(moved(pipe));
    for (const PipeSpec& pipe : pipes) check_names(pipe);
    return pipes;
  }

 private:
  void check_maps() const {
    check_known(how_.inputs(), names_among(inner_.inputs()), "input");
    check_known(how_.outputs(), names_among(inner_.outputs()), "output");
    for (const InputSpec& input : inner_.inputs()) {
      if (!how_.inputs().contains(input.name))
        throw misfit("what the input " + in_quotes(input.name) + " of " + in_quotes(inner_.name()) +
                     " is outside is not said");
      if (how_.outputs().contains(input.name))
        throw misfit(in_quotes(input.name) + " is an input of " + in_quotes(inner_.name()) +
                     " as well as an output: it has a name outside already");
    }
    if (!how_.batch()) return;
    const auto is_item = [&](const auto& map) { return map.second == how_.batch()->item; };
    if (std::ranges::none_of(how_.inputs(), is_item))
      throw misfit("no input is the item " + in_quotes(how_.batch()->item) + " of the batch");
  }

  void check_known(const std::map<std::string, std::string>& map, const std::vector<std::string>& known,
                   const std::string& what) const {
    for (const auto& [name, outer] : map) {
      if (std::ranges::find(known, name) != known.end()) continue;
      throw misfit(in_quotes(inner_.name()) + " has no " + what + " " + in_quotes(name) + did_you_mean(name, known));
    }
  }

  static void check_names(const PipeSpec& pipe) {
    const auto check = [](const std::string& name) {
      if (!is_qualified_name(name)) throw misfit(in_quotes(name) + " is not a name, or has too many parts: at most 10");
    };
    check(pipe.name());
    for (const ReadSpec& read : pipe.reads()) check(read.name);
    for (const WriteSpec& write : pipe.writes()) check(write.name);
    for (const ConditionSpec& condition : pipe.conditions()) check(condition.name);
    if (pipe.batch()) check(pipe.batch()->over);
  }

  /// Names that there are for each element: the item, and what is made of it.
  void find_elementwise() {
    if (!how_.batch()) return;
    for (const auto& [name, outer] : how_.inputs()) {
      if (outer == how_.batch()->item) elementwise_.insert(name);
    }
    for (bool moved = true; moved;) {
      moved = false;
      for (const PipeSpec& pipe : inner_.pipes()) {
        if (!goes_over_elements(pipe)) continue;
        for (const WriteSpec& write : pipe.writes()) moved = elementwise_.insert(write.name).second || moved;
      }
    }
  }

  bool is_elementwise(const std::string& name) const { return elementwise_.contains(name); }

  bool goes_over_elements(const PipeSpec& pipe) const {
    const std::vector<ReadSpec> reads = reads_of_pipeline(pipe);
    return std::ranges::any_of(reads, [&](const ReadSpec& read) { return is_elementwise(read.name); }) ||
           std::ranges::any_of(pipe.conditions(), [&](const ConditionSpec& one) { return is_elementwise(one.name); });
  }

  std::string inside(const std::string& name) const { return how_.name() + "/" + name; }

  std::string outside(const std::string& name) const {
    for (const auto* map : {&how_.inputs(), &how_.outputs()}) {
      const auto found = map->find(name);
      if (found != map->end()) return found->second;
    }
    return inside(name);
  }

  /// The list that there is of what there is for each element.
  std::string list_of(const std::string& name) const {
    const std::string outer = outside(name);
    return outer == how_.batch()->item ? how_.batch()->over : outer;
  }

  template <class Spec>
  Spec renamed(Spec spec, std::string name) const {
    spec.as = own_name(spec);
    spec.name = std::move(name);
    if (spec.as == spec.name) spec.as.clear();
    spec.place = how_.place();
    return spec;
  }

  std::vector<Argument> moved(std::vector<Argument> arguments) const {
    for (Argument& argument : arguments) argument.place = how_.place();
    return arguments;
  }

  PipeSpec moved(const PipeSpec& pipe) const {
    PipeSpec to(inside(pipe.name()));
    to.at(how_.place()).retry(pipe.retry());
    to.timeout(pipe.timeout());
    for (const auto& [name, value] : pipe.environment()) to.environment(name, value);
    if (pipe.reusable()) to.reusable(*pipe.reusable());
    if (pipe.is_command())
      to.command(moved(pipe.command()), how_.place());
    else
      to.routine(pipe.routine_name(), pipe.routine(), how_.place());
    for (const ConditionSpec& condition : how_.conditions()) to.when(condition);
    for (ConditionSpec condition : pipe.conditions()) {
      condition.name = outside(condition.name);
      condition.place = how_.place();
      to.when(std::move(condition));
    }
    for (const WriteSpec& write : pipe.writes()) to.writes(renamed(write, outside(write.name)));
    if (how_.batch() && goes_over_elements(pipe))
      move_as_batch(pipe, to);
    else
      move_reads(pipe, to);
    return to;
  }

  void move_reads(const PipeSpec& pipe, PipeSpec& to) const {
    if (pipe.batch()) {
      BatchSpec batch = *pipe.batch();
      batch.over = outside(batch.over);
      batch.item = inside(batch.item);
      batch.place = how_.place();
      to.batch(std::move(batch));
    }
    for (const ReadSpec& read : pipe.reads()) {
      const bool is_item = pipe.batch() && read.name == pipe.batch()->item;
      to.reads(renamed(read, is_item ? inside(read.name) : outside(read.name)));
    }
  }

  void move_as_batch(const PipeSpec& pipe, PipeSpec& to) const {
    check_batch(pipe);
    const auto element =
        std::ranges::find_if(pipe.reads(), [&](const ReadSpec& read) { return is_elementwise(read.name); });
    BatchSpec batch = *how_.batch();
    batch.over = list_of(element->name);
    batch.item = to.name() + "/" + own_name(*element);
    batch.place = how_.place();
    for (const ReadSpec& read : pipe.reads()) {
      ReadSpec moved = renamed(read, &read == &*element ? batch.item : outside(read.name));
      moved.optional = moved.optional && &read != &*element;
      to.reads(std::move(moved));
    }
    to.batch(std::move(batch));
  }

  void check_batch(const PipeSpec& pipe) const {
    const std::string who = "the pipe " + in_quotes(inside(pipe.name())) + " depends on the item of the batch " +
                            in_quotes(how_.name()) + " and ";
    if (pipe.batch()) throw misfit(who + "is a batch itself: a list of lists cannot be");
    for (const WriteSpec& write : pipe.writes()) {
      if (write.yield == Yield::folder || write.yield == Yield::list)
        throw misfit(who + "writes the list " + in_quotes(write.name) + ": a list of lists cannot be");
    }
    for (const ConditionSpec& condition : pipe.conditions()) {
      if (is_elementwise(condition.name))
        throw misfit(who + "has a condition on " + in_quotes(condition.name) +
                     ", which there is for each element: a pipe is skipped as a whole");
    }
    std::vector<std::string> elements;
    for (const ReadSpec& read : pipe.reads()) {
      if (is_elementwise(read.name)) elements.push_back(read.name);
    }
    if (elements.size() > 1)
      throw misfit(who + "reads both " + in_quotes(elements[0]) + " and " + in_quotes(elements[1]) +
                   " of each element: a batch goes over one list");
  }

  const Pipeline& inner_;
  const NestSpec& how_;
  std::set<std::string> elementwise_;
};

}  // namespace

NestSpec& NestSpec::input(std::string inner, std::string outer) & {
  inputs_.insert_or_assign(std::move(inner), std::move(outer));
  return *this;
}

NestSpec& NestSpec::output(std::string inner, std::string outer) & {
  outputs_.insert_or_assign(std::move(inner), std::move(outer));
  return *this;
}

void nest(Pipeline& outer, const Pipeline& inner, const NestSpec& how) {
  for (PipeSpec& pipe : Nesting(inner, how).pipes()) outer.pipe(std::move(pipe));
}

}  // namespace coffer
