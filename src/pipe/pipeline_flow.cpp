#include "pipe/pipeline_flow.hpp"

#include <algorithm>
#include <utility>

#include "pipe/condition.hpp"
#include "pipe/name_index.hpp"

namespace coffer {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

/// Of a list.
void describe_list(InputFlow& flow, const PipeSpec& pipe) {
  flow.streams = flow.feed != Feed::path;
  if (flow.is_batch) {
    flow.why = "each element is taken as soon as it is complete, as '" + pipe.batch()->item + "', at most " +
               std::to_string(pipe.batch()->at_most) + " at a time";
  } else if (flow.streams) {
    flow.why = "each element is read as soon as it is complete";
  } else {
    flow.why = "a folder of its elements needs the whole list, committed; a batch would take each as it is complete";
  }
}

InputFlow input_flow(const Pipeline& pipeline, const NameIndex& names, const PipeSpec& pipe, const ReadSpec& read,
                     bool is_batch) {
  InputFlow flow;
  flow.is_batch = is_batch;
  flow.name = read.name;
  flow.feed = read.feed;
  flow.optional = read.optional;
  const NameUse& use = names.use(read.name);
  bool may_be_replaced = false;
  bool arrives_whole = false;
  for (const NameUse::Writer& writer : use.writers) {
    const PipeSpec& spec = pipeline.pipes()[writer.pipe];
    flow.from += (flow.from.empty() ? "" : " or ") + spec.name();
    may_be_replaced = may_be_replaced || !spec.writes_live();
    arrives_whole = arrives_whole || writer.spec->yield == Yield::path;
  }
  if (may_be_replaced) {
    flow.why = flow.from + " may have to run again, so that what it writes is seen when it has ended well";
    return flow;
  }
  if (use.is_list) {
    describe_list(flow, pipe);
    return flow;
  }
  if (arrives_whole) {
    flow.why = flow.from + " writes a file, which is stored when " + flow.from + " has ended";
    if (read.feed == Feed::path) flow.why += "; a path needs it committed";
    return flow;
  }
  if (read.feed == Feed::path) {
    flow.why = "a path needs the whole object, committed; stdin or url would stream";
    return flow;
  }
  flow.streams = true;
  flow.why = "read while it is being written";
  if (read.feed == Feed::url) {
    flow.why += "; where its size is known, a range not yet written waits, else it is one answer without ranges";
  }
  return flow;
}

std::string when_it_starts(const std::vector<InputFlow>& inputs, const std::vector<ConditionSpec>& conditions) {
  std::vector<std::string> whole;
  std::vector<std::string> begun;
  for (const ConditionSpec& condition : conditions) {
    const auto waits_for_it = [&](const InputFlow& input) {
      return input.name == condition.name && input.feed == Feed::path;
    };
    if (std::ranges::none_of(inputs, waits_for_it) && std::ranges::find(whole, condition.name) == whole.end())
      whole.push_back(condition.name);
  }
  for (const InputFlow& input : inputs) {
    auto& list = input.feed == Feed::path ? whole : begun;
    list.push_back(input.name);
  }
  if (whole.empty() && begun.empty()) return "at once";
  std::string text;
  if (!whole.empty()) text += "when " + joined(whole) + (whole.size() == 1 ? " is committed" : " are committed");
  if (!whole.empty() && !begun.empty()) text += " and ";
  if (!begun.empty()) {
    text +=
        (whole.empty() ? "as soon as " : "") + joined(begun) + (begun.size() == 1 ? " is" : " are") + " being written";
  }
  return text;
}

}  // namespace

std::vector<PipeFlow> pipeline_flow(const Pipeline& pipeline) {
  const NameIndex names(pipeline);
  std::vector<PipeFlow> flows;
  for (const PipeSpec& pipe : pipeline.pipes()) {
    PipeFlow flow;
    flow.pipe = pipe.name();
    for (const ReadSpec& read : reads_of_pipeline(pipe)) {
      const bool is_batch = pipe.batch() && flow.inputs.empty();
      flow.inputs.push_back(input_flow(pipeline, names, pipe, read, is_batch));
    }
    flow.starts = when_it_starts(flow.inputs, pipe.conditions());
    for (const ConditionSpec& condition : pipe.conditions())
      flow.when += (flow.when.empty() ? "" : " and ") + words_of(condition);
    flows.push_back(std::move(flow));
  }
  return flows;
}

}  // namespace coffer
