#include "pipe/run_plan.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include <coffer/pipe/pipeline_check.hpp>

#include "pipe/name_index.hpp"

namespace coffer {
namespace {

Error refusal(const PipelineCheck& check) {
  std::string message = "the pipeline cannot run";
  for (const Finding& finding : check.findings) {
    if (finding.severity != Severity::error) continue;
    message += "; ";
    if (finding.place.known()) message += place_text(finding.place) + ": ";
    message += finding.message;
  }
  return Error(ErrorKind::invalid_argument, message);
}

}  // namespace

Result<RunPlan> RunPlan::make(const Pipeline& pipeline) {
  const PipelineCheck check = check_pipeline(pipeline);
  if (!check.ok()) return refusal(check);
  const NameIndex names(pipeline);
  RunPlan plan;
  for (const NameUse& use : names.uses()) {
    plan.positions_.emplace(use.name, plan.data_.size());
    Data& data = plan.data_.emplace_back();
    data.name = use.name;
    data.is_output = !use.outputs.empty();
    data.is_list = use.is_list;
    for (const NameUse::Reader& reader : use.readers) data.readers.push_back(reader.pipe);
    for (const NameUse::Decider& decider : use.deciders) data.readers.push_back(decider.pipe);
    if (use.writers.empty()) {
      data.type = use.inputs.front()->type;
    } else {
      data.type = use.writers.front().spec->type;
      for (const NameUse::Writer& writer : use.writers) data.writers.push_back(writer.pipe);
      data.is_live = pipeline.pipes()[data.writers.front()].writes_live();
      data.yield = use.writers.front().spec->yield;
    }
  }
  for (const PipeSpec& pipe : pipeline.pipes()) {
    auto& inputs = plan.inputs_.emplace_back();
    for (const ReadSpec& read : reads_of_pipeline(pipe)) {
      Input& input = inputs.emplace_back();
      input.data = names.position(read.name);
      input.feed = read.feed;
      input.optional = read.optional;
    }
    auto& outputs = plan.outputs_.emplace_back();
    for (const WriteSpec& write : pipe.writes()) outputs.push_back(names.position(write.name));
    auto& looks_at = plan.looks_at_.emplace_back();
    for (const ConditionSpec& condition : pipe.conditions()) {
      const std::size_t position = names.position(condition.name);
      if (std::ranges::find(looks_at, position) == looks_at.end()) looks_at.push_back(position);
    }
  }
  return plan;
}

std::size_t RunPlan::position(const std::string& name) const {
  const auto found = positions_.find(name);
  assert(found != positions_.end());
  return found->second;
}

std::vector<std::size_t> RunPlan::depends_on(std::size_t pipe) const {
  std::vector<std::size_t> all = looks_at_[pipe];
  for (const Input& input : inputs_[pipe]) {
    if (std::ranges::find(looks_at_[pipe], input.data) == looks_at_[pipe].end()) all.push_back(input.data);
  }
  return all;
}

RunState RunPlan::initial() const {
  RunState state;
  state.data.assign(data_.size(), DataState::absent);
  state.pipes.assign(inputs_.size(), PipeState::waiting);
  for (const auto& looks_at : looks_at_)
    state.conditions.push_back(looks_at.empty() ? ConditionState::holds : ConditionState::open);
  return state;
}

PipeStep RunPlan::next_step(const RunState& state, std::size_t pipe, bool overlap) const {
  const ConditionState condition = state.conditions[pipe];
  if (state.pipes[pipe] != PipeState::waiting || condition == ConditionState::looked_at) return {};
  if (const std::optional<std::size_t> absent = lacking(state, pipe)) return {PipeStep::Kind::skip, *absent};
  if (condition == ConditionState::open) {
    const auto is_there = [&](std::size_t data) { return state.data[data] == DataState::committed; };
    return {std::ranges::all_of(looks_at_[pipe], is_there) ? PipeStep::Kind::decide : PipeStep::Kind::none};
  }
  const auto is_ready_now = [&](const Input& input) { return is_ready(state, input, overlap); };
  return {std::ranges::all_of(inputs_[pipe], is_ready_now) ? PipeStep::Kind::start : PipeStep::Kind::none};
}

bool RunPlan::is_ready(const RunState& state, const Input& input, bool overlap) const {
  const DataState data = state.data[input.data];
  if (overlap && input.feed != Feed::path && data == DataState::live) return true;
  if (input.optional && data == DataState::left_out) return true;
  return data == DataState::committed;
}

std::optional<std::size_t> RunPlan::lacking(const RunState& state, std::size_t pipe) const {
  const auto is_left_out = [&](std::size_t data) { return state.data[data] == DataState::left_out; };
  const auto lacks = [&](const Input& input) { return !input.optional && is_left_out(input.data); };
  const auto unseen = std::ranges::find_if(looks_at_[pipe], is_left_out);
  if (unseen != looks_at_[pipe].end()) return *unseen;
  const auto unread = std::ranges::find_if(inputs_[pipe], lacks);
  if (unread != inputs_[pipe].end()) return unread->data;
  return std::nullopt;
}

void RunPlan::skip(RunState& state, std::size_t pipe) const {
  const auto is_skipped = [&](std::size_t writer) { return state.pipes[writer] == PipeState::skipped; };
  state.pipes[pipe] = PipeState::skipped;
  for (const std::size_t output : outputs_[pipe]) {
    if (std::ranges::all_of(data_[output].writers, is_skipped)) state.data[output] = DataState::left_out;
  }
}

bool RunPlan::inputs_committed(const RunState& state, std::size_t pipe) const {
  return std::ranges::all_of(inputs_[pipe], [&](const Input& input) {
    return state.data[input.data] == DataState::committed || state.data[input.data] == DataState::left_out;
  });
}

FailurePlan RunPlan::after_failure(const RunState& state) {
  FailurePlan plan;
  for (std::size_t i = 0; i < state.pipes.size(); ++i) {
    if (state.pipes[i] == PipeState::waiting) plan.never_run.push_back(i);
  }
  for (std::size_t i = 0; i < state.data.size(); ++i) {
    if (state.data[i] == DataState::absent || state.data[i] == DataState::live) plan.fail.push_back(i);
  }
  return plan;
}

}  // namespace coffer
