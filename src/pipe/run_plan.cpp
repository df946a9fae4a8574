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
    Data& data = plan.data_.emplace_back();
    data.name = use.name;
    data.is_output = !use.outputs.empty();
    data.is_list = use.is_list;
    for (const NameUse::Reader& reader : use.readers) data.readers.push_back(reader.pipe);
    if (use.writers.empty()) {
      data.type = use.inputs.front()->type;
    } else {
      data.type = use.writers.front().spec->type;
      data.writer = use.writers.front().pipe;
      data.is_live = pipeline.pipes()[*data.writer].writes_live();
      data.yield = use.writers.front().spec->yield;
    }
  }
  for (const PipeSpec& pipe : pipeline.pipes()) {
    auto& inputs = plan.inputs_.emplace_back();
    for (const ReadSpec& read : reads_of_pipeline(pipe)) {
      Input& input = inputs.emplace_back();
      input.data = names.position(read.name);
      input.feed = read.feed;
    }
    auto& outputs = plan.outputs_.emplace_back();
    for (const WriteSpec& write : pipe.writes()) outputs.push_back(names.position(write.name));
  }
  return plan;
}

std::size_t RunPlan::position(const std::string& name) const {
  const auto found = std::ranges::find(data_, name, &Data::name);
  assert(found != data_.end());
  return static_cast<std::size_t>(found - data_.begin());
}

RunState RunPlan::initial() const {
  RunState state;
  state.data.assign(data_.size(), DataState::absent);
  state.pipes.assign(inputs_.size(), PipeState::waiting);
  return state;
}

std::vector<std::size_t> RunPlan::may_start(const RunState& state, bool overlap) const {
  const auto is_ready = [&](const Input& input) {
    if (overlap && input.feed != Feed::path && state.data[input.data] == DataState::live) return true;
    return state.data[input.data] == DataState::committed;
  };
  std::vector<std::size_t> pipes;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (state.pipes[i] == PipeState::waiting && std::ranges::all_of(inputs_[i], is_ready)) pipes.push_back(i);
  }
  return pipes;
}

bool RunPlan::inputs_committed(const RunState& state, std::size_t pipe) const {
  return std::ranges::all_of(inputs_[pipe],
                             [&](const Input& input) { return state.data[input.data] == DataState::committed; });
}

FailurePlan RunPlan::after_failure(const RunState& state) {
  FailurePlan plan;
  for (std::size_t i = 0; i < state.pipes.size(); ++i) {
    if (state.pipes[i] == PipeState::running) plan.cancel.push_back(i);
    if (state.pipes[i] == PipeState::waiting) plan.never_run.push_back(i);
  }
  for (std::size_t i = 0; i < state.data.size(); ++i) {
    if (state.data[i] == DataState::absent || state.data[i] == DataState::live) plan.fail.push_back(i);
  }
  return plan;
}

bool RunPlan::is_over(const RunState& state) {
  return std::ranges::none_of(state.pipes,
                              [](PipeState pipe) { return pipe == PipeState::waiting || pipe == PipeState::running; });
}

}  // namespace coffer
