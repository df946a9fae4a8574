#include "pipe/run_setup.hpp"

#include <algorithm>
#include <map>
#include <string>

#include <coffer/base/content_type.hpp>

#include "pipe/child_environment.hpp"
#include "pipe/did_you_mean.hpp"

namespace coffer {
namespace {

Error refused(const std::string& what) { return {ErrorKind::invalid_argument, what}; }

std::string in_quotes(const std::string& name) { return "'" + name + "'"; }

bool reads_by_url(const Pipeline& pipeline) {
  return std::ranges::any_of(pipeline.pipes(), [](const PipeSpec& pipe) {
    return std::ranges::any_of(pipe.reads(), [](const ReadSpec& read) { return read.feed == Feed::url; });
  });
}

}  // namespace

RunInputs& RunInputs::ingest(std::string name, SourcePtr source, std::optional<std::uint64_t> size) & {
  Input input;
  input.source = std::move(source);
  input.size = size;
  inputs_.insert_or_assign(std::move(name), std::move(input));
  return *this;
}

RunInputs& RunInputs::use(std::string name, Uri uri) & {
  Input input;
  input.uri = std::move(uri);
  inputs_.insert_or_assign(std::move(name), std::move(input));
  return *this;
}

Task<RunSetup::Ready> RunSetup::co_make(Storage& storage, Pipeline pipeline, RunInputs inputs,
                                        const RunOptions& options) {
  RunPlan plan = RunPlan::make(pipeline).value();
  auto run = std::make_shared<RunContext>(storage, std::move(pipeline), std::move(plan), options.observer_);
  run->meter = options.meter_;
  run->work_folder = options.work_folder_;
  run->environment = child_environment(options.environment_ ? *options.environment_ : own_environment());
  RunSetup setup(*run, inputs, options);
  setup.check_inputs();
  setup.check_places();
  std::vector<std::size_t> committed;
  co_await setup.co_make_data(committed);
  Ready ready;
  for (std::size_t i = 0; i < run->plan.data().size(); ++i) {
    const auto input = inputs.inputs_.find(run->plan.data()[i].name);
    if (input == inputs.inputs_.end() || !input->second.source) continue;
    Ingested ingested;
    ingested.data = i;
    ingested.source = std::move(input->second.source);
    ready.ingests.push_back(std::move(ingested));
    run->ingest_tallies.push_back(std::make_shared<RunTally>(run->plan.data()[i].name, true, run->runtime().clock()));
  }
  for (const PipeSpec& pipe : run->pipeline.pipes())
    run->pipe_tallies.push_back(std::make_shared<RunTally>(pipe.name(), false, run->runtime().clock()));
  run->board.emplace(run->plan, committed, ready.ingests.size());
  if (reads_by_url(run->pipeline)) run->server.emplace(storage.runtime());
  ready.run = std::move(run);
  co_return ready;
}

void RunSetup::check_inputs() const {
  std::vector<std::string> known;
  for (const InputSpec& input : run_.pipeline.inputs()) {
    known.push_back(input.name);
    const auto given = inputs_.find(input.name);
    if (given == inputs_.end()) throw refused("the input " + in_quotes(input.name) + " of the pipeline is not given");
    if (!given->second.source && given->second.uri.empty())
      throw refused("the input " + in_quotes(input.name) + " has neither a stream nor a URI");
  }
  for (const auto& [name, input] : inputs_) {
    if (std::ranges::find(known, name) != known.end()) continue;
    throw refused("the pipeline has no input " + in_quotes(name) + did_you_mean(name, known));
  }
}

void RunSetup::check_places() const {
  std::vector<std::string> known;
  for (const RunPlan::Data& data : run_.plan.data()) known.push_back(data.name);
  std::map<Uri, std::string> taken;
  for (const auto& [name, input] : inputs_) {
    if (!input.source) taken.emplace(input.uri, name);
  }
  for (const auto& [name, uri] : options_.places_) {
    if (std::ranges::find(known, name) == known.end())
      throw refused("the pipeline has no " + in_quotes(name) + " that could be stored" + did_you_mean(name, known));
    const auto input = inputs_.find(name);
    if (input != inputs_.end() && !input->second.source)
      throw refused("the input " + in_quotes(name) + " is read where it lies and is stored nowhere");
    const auto [other, is_free] = taken.emplace(uri, name);
    if (!is_free)
      throw refused(in_quotes(name) + " and " + in_quotes(other->second) + " are to be one object").about(uri.text());
  }
}

Task<> RunSetup::co_make_data(std::vector<std::size_t>& committed) {
  for (const RunPlan::Data& data : run_.plan.data()) {
    const auto given = inputs_.find(data.name);
    RunInputs::Input* const input = given == inputs_.end() ? nullptr : &given->second;
    if (input == nullptr || input->source) {
      run_.data.push_back(make_live(data, input));
      continue;
    }
    std::optional<ObjectInfo> info = co_await run_.storage.co_head(input->uri);
    if (!info) {
      throw Error(ErrorKind::not_found, "the input " + in_quotes(data.name) + " is not there").about(input->uri.text());
    }
    std::string type = data.type.empty() ? info->content_type : data.type;
    committed.push_back(run_.data.size());
    run_.data.push_back(std::make_unique<RunData>(run_.storage, data.name, *info, std::move(type)));
  }
}

std::unique_ptr<RunData> RunSetup::make_live(const RunPlan::Data& data, RunInputs::Input* input) const {
  std::string type = data.type;
  if (type.empty() && input != nullptr) type = input->source->info().content_type;
  WriteOptions options = WriteOptions().content_type(type).prefix(options_.prefix_);
  if (input != nullptr && input->size) options = WriteOptions(std::move(options).size(*input->size));
  if (options_.live_) options = WriteOptions(std::move(options).live());
  const auto place = options_.places_.find(data.name);
  Uri uri = place == options_.places_.end() ? run_.storage.new_uri(options) : place->second;
  if (type.empty()) type = content_type_of_name(uri.path());
  // A pipe works on while what it reads is being committed; it has not finished before (PipeJob::co_inputs_committed).
  LiveObjectPtr live = LiveObject::make(run_.storage, std::move(uri), std::move(options), ReadersEnd::at_end);
  // What somebody asked for has its place in the store.
  const bool is_wanted = data.is_output || input != nullptr || place != options_.places_.end();
  return std::make_unique<RunData>(run_.storage, data.name, std::move(live), std::move(type),
                                   is_wanted ? 0 : options_.inline_below_);
}

}  // namespace coffer
