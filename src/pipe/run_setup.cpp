#include "pipe/run_setup.hpp"

#include <algorithm>
#include <map>
#include <string>

#include <coffer/base/content_type.hpp>
#include <coffer/base/did_you_mean.hpp>
#include <coffer/base/version.hpp>
#include <coffer/pipe/pipeline_file.hpp>

#include "pipe/child_environment.hpp"
#include "pipe/in_quotes.hpp"
#include "pipe/list_format.hpp"
#include "pipe/run_begin.hpp"
#include "pipe/run_pins.hpp"
#include "pipe/store_place.hpp"
#include "pipe/survivors.hpp"
#include "pipe/work_folder.hpp"

namespace coffer {
namespace {

constexpr const char* another_id = ": give another run id, or dispose of that run first";

Error refused(const std::string& what) { return {ErrorKind::invalid_argument, what}; }

bool reads_by_url(const Pipeline& pipeline) {
  return std::ranges::any_of(pipeline.pipes(), [](const PipeSpec& pipe) {
    return std::ranges::any_of(pipe.reads(), [](const ReadSpec& read) { return read.feed == Feed::url; });
  });
}

bool has_elements(const PipeSpec& pipe) {
  return pipe.batch() || std::ranges::any_of(pipe.writes(), [](const WriteSpec& write) {
           return write.yield == Yield::folder || write.yield == Yield::list;
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

RunInputs& RunInputs::origin(const std::string& name, Uri uri) & {
  const auto input = inputs_.find(name);
  if (input != inputs_.end()) input->second.origin = std::move(uri);
  return *this;
}

RunInputs& RunInputs::use(std::string name, Uri uri) & {
  Input input;
  input.uri = std::move(uri);
  inputs_.insert_or_assign(std::move(name), std::move(input));
  return *this;
}

RunInputs& RunInputs::list(std::string name, std::vector<Uri> elements, Uri origin) & {
  Input input;
  input.elements = std::move(elements);
  input.origin = std::move(origin);
  inputs_.insert_or_assign(std::move(name), std::move(input));
  return *this;
}

Task<RunSetup::Ready> RunSetup::co_make(Storage& storage, Pipeline pipeline, RunInputs inputs,
                                        const RunOptions& options, RunEntry* entry) {
  RunPlan plan = RunPlan::make(pipeline).value();
  auto run = std::make_shared<RunContext>(storage, std::move(pipeline), std::move(plan), options.observer_);
  run->meter = options.meter_;
  run->work_folder = options.work_folder_;
  run->prefix = options.prefix_;
  run->places = options.places_;
  run->environment = child_environment(options.environment_ ? *options.environment_ : own_environment());
  RunSetup setup(*run, inputs, options);
  setup.check_inputs();
  if (entry == nullptr) setup.check_nothing_is_missing(nullptr);
  setup.check_places();
  co_await setup.co_check_owners_of_places(entry);
  if (entry != nullptr) co_await setup.co_pin_inputs(entry->journal->run());
  co_await setup.co_look_at_inputs();
  if (entry != nullptr) co_await setup.co_begin(*entry);
  std::vector<std::size_t> committed;
  setup.make_data(entry, committed);
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
    run->pipe_tallies.push_back(
        std::make_shared<RunTally>(pipe.name(), false, run->runtime().clock(), has_elements(pipe)));
  const std::set<std::size_t> finished = entry == nullptr ? std::set<std::size_t>() : entry->resume.finished;
  const std::map<std::size_t, std::string> skipped =
      entry == nullptr ? std::map<std::size_t, std::string>() : entry->resume.skipped;
  run->board.emplace(run->plan, committed, ready.ingests.size(), finished, skipped);
  if (reads_by_url(run->pipeline)) run->server.emplace(storage.runtime());
  ready.run = std::move(run);
  co_return ready;
}

Task<> RunSetup::co_name_in_store(Storage& storage, RunInputs& inputs, RunOptions& options) {
  std::vector<Uri*> uris;
  for (auto& [name, input] : inputs.inputs_) {
    uris.push_back(&input.uri);
    uris.push_back(&input.origin);
    if (!input.elements) continue;
    for (Uri& element : *input.elements) uris.push_back(&element);
  }
  for (auto& [name, place] : options.places_) uris.push_back(&place);
  return coffer::co_name_in_store(storage, std::move(uris));
}

Task<> RunSetup::co_check_is_that_run(Storage& storage, const RunHistory& history, const Pipeline& pipeline,
                                      const RunInputs& inputs, const RunOptions& options) {
  if (!history.begun) co_return;
  if (history.begun->pipeline_name != pipeline.name()) {
    throw refused("the run " + history.run + " is of the pipeline " + in_quotes(history.begun->pipeline_name) +
                  " and not of " + in_quotes(pipeline.name()) + another_id);
  }
  if (!history.completed) co_return;
  check_outputs_of_ended(history, pipeline, options);
  for (const GivenInput& before : history.begun->inputs) {
    const auto now = inputs.inputs_.find(before.name);
    if (now == inputs.inputs_.end() || before.uri.empty()) continue;
    const RunInputs::Input& input = now->second;
    const Uri& from = input.source || input.elements ? input.origin : input.uri;
    const bool is_elsewhere = !from.empty() && from.text() != before.uri;
    const std::string etag = co_await co_etag_of(storage, input);
    const bool has_changed = !before.etag.empty() && !etag.empty() && etag != before.etag;
    if (!is_elsewhere && !has_changed) continue;
    throw refused("the run " + history.run + " has ended well with another " + in_quotes(before.name) + ", " +
                  before.uri + (is_elsewhere ? "" : " as it was then") + another_id);
  }
}

void RunSetup::check_outputs_of_ended(const RunHistory& history, const Pipeline& pipeline, const RunOptions& options) {
  for (const OutputSpec& output : pipeline.outputs()) {
    if (std::ranges::find(history.begun->outputs, output.name) != history.begun->outputs.end()) continue;
    throw refused("the run " + history.run + " has ended well without the output " + in_quotes(output.name) +
                  ", which the pipeline had not then" + another_id);
  }
  for (const auto& [name, place] : options.places_) {
    const auto then = history.begun->places.find(name);
    if (then != history.begun->places.end() && then->second == place.text()) continue;
    throw refused("the run " + history.run + " has ended well, and " + in_quotes(name) +
                  " was not stored there: copy it from where it is" + another_id)
        .about(place.text());
  }
}

/// Of the object or the list as it is now. Empty where it has none, or is not there any more.
Task<std::string> RunSetup::co_etag_of(Storage& storage, const RunInputs::Input& input) {
  std::string etag;
  if (input.source) {
    etag = input.source->info().etag;
    co_return etag;
  }
  std::vector<Uri> uris;
  if (input.elements)
    uris = *input.elements;
  else
    uris.push_back(input.uri);
  std::vector<ListElement> elements;
  for (Uri& uri : uris) {
    const std::optional<ObjectInfo> info = co_await storage.co_head(uri);
    if (!info) co_return etag;
    elements.emplace_back().stored = stored_of(*info);
  }
  etag = input.elements ? tag_of_list(elements, storage) : elements.front().stored.etag;
  co_return etag;
}

void RunSetup::check_inputs() const {
  std::vector<std::string> known;
  for (const InputSpec& input : run_.pipeline.inputs()) {
    known.push_back(input.name);
    const auto given = inputs_.find(input.name);
    if (given == inputs_.end()) continue;
    if (given->second.elements.has_value() != input.is_list) {
      throw refused("the input " + in_quotes(input.name) +
                    (input.is_list ? " of the pipeline is a list, and one object is given"
                                   : " of the pipeline is one object, and a list is given"));
    }
    if (!input.is_list && !given->second.source && given->second.uri.empty())
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
    if (!input.source && !input.elements) taken.emplace(input.uri, name);
  }
  for (const auto& [name, uri] : options_.places_) {
    if (std::ranges::find(known, name) == known.end())
      throw refused("the pipeline has no " + in_quotes(name) + " that could be stored" + did_you_mean(name, known));
    const auto input = inputs_.find(name);
    if (input != inputs_.end() && !input->second.source)
      throw refused("the input " + in_quotes(name) + " is read where it lies and is stored nowhere");
    (void)run_.storage.providers().find(uri).value();
    const auto [other, is_free] = taken.emplace(uri, name);
    if (!is_free)
      throw refused(in_quotes(name) + " and " + in_quotes(other->second) + " are to be one object").about(uri.text());
  }
}

/// What bears the name of a run goes with it.
Task<> RunSetup::co_check_owners_of_places(const RunEntry* entry) const {
  for (const auto& [name, uri] : options_.places_) {
    const std::optional<std::string> owner = co_await co_run_that_owns(run_.storage, uri);
    if (!owner || (entry != nullptr && *owner == entry->journal->run())) continue;
    throw refused(in_quotes(name) + " would go with the run " + *owner +
                  ", which all names below its id belong to: give it another place")
        .about(uri.text());
  }
}

void RunSetup::check_nothing_is_missing(const RunEntry* entry) const {
  for (const InputSpec& input : run_.pipeline.inputs()) {
    if (inputs_.contains(input.name) || run_.stored_before.contains(input.name)) continue;
    if (entry == nullptr || entry->history.holders.empty())
      throw refused("the input " + in_quotes(input.name) + " of the pipeline is not given");
    throw refused("the input " + in_quotes(input.name) + " was not stored as a whole: give it again");
  }
}

Task<> RunSetup::co_pin_inputs(std::string run) {
  for (const auto& [name, input] : inputs_) {
    if (input.elements) {
      co_await co_pin_elements(run_.storage, run, name, *input.elements);
    } else if (!input.source) {
      co_await co_pin_input(run_.storage, run, name, input.uri);
    }
  }
}

Task<> RunSetup::co_look_at_inputs() {
  for (const auto& [name, input] : inputs_) {
    if (input.source) continue;
    if (input.elements) {
      std::vector<ListElement> elements = co_await co_find_elements(name, *input.elements);
      found_elements_.emplace(name, std::move(elements));
      continue;
    }
    ObjectInfo info = co_await co_find(name, input.uri);
    found_.emplace(name, std::move(info));
  }
}

std::map<std::string, GivenInput> RunSetup::given() const {
  std::map<std::string, GivenInput> all;
  for (const auto& [name, input] : inputs_) {
    GivenInput& given = all[name];
    given.name = name;
    if (input.elements) {
      given.is_list = true;
      given.uri = input.origin.text();
      given.etag = tag_of_list(found_elements_.at(name), run_.storage);
      continue;
    }
    given.is_ingested = input.source != nullptr;
    given.uri = (given.is_ingested ? input.origin : found_.at(name).uri).text();
    given.etag = given.is_ingested ? input.source->info().etag : found_.at(name).etag;
  }
  return all;
}

/// By URI: also where those that are to be stored come from.
std::map<std::string, std::optional<ObjectInfo>> RunSetup::given_objects() const {
  std::map<std::string, std::optional<ObjectInfo>> objects;
  for (const auto& [name, info] : found_) objects.emplace(info.uri.text(), info);
  for (const auto& [name, input] : inputs_) {
    if (input.source && !input.origin.empty()) objects.emplace(input.origin.text(), input.source->info());
  }
  return objects;
}

/// URIs of all that inputs come from: objects that bear the run's name may be among them.
std::set<std::string> RunSetup::origins() const {
  std::set<std::string> uris;
  for (const auto& [name, info] : found_) uris.insert(info.uri.text());
  for (const auto& [name, elements] : found_elements_) {
    for (const ListElement& element : elements) uris.insert(element.stored.uri.text());
  }
  for (const auto& [name, input] : inputs_) uris.insert(input.origin.text());
  return uris;
}

/// Also where an earlier attempt did: what it took is still pinned, and its inputs need not have been stored.
bool RunSetup::is_reusing(const RunEntry& entry) const {
  return options_.reuse_ || (entry.history.begun && entry.history.begun->reuse);
}

RunBegun RunSetup::begun(RunEntry& entry) const {
  RunBegun begun;
  begun.coffer = version();
  begun.store = run_.storage.providers().active()->root().text();
  begun.prefix = prefix_;
  begun.pipeline_name = run_.pipeline.name();
  const Result<std::string> file = pipeline_to_json(run_.pipeline);
  if (file) begun.pipeline = *file;
  for (const OutputSpec& output : run_.pipeline.outputs()) begun.outputs.push_back(output.name);
  begun.overlap = options_.overlap_;
  begun.reuse = is_reusing(entry);
  begun.keep = options_.keep_;
  begun.work_folder = run_.work_folder.string();
  begun.notes = options_.notes_;
  for (const auto& [name, uri] : options_.places_) begun.places.emplace(name, uri.text());
  std::map<std::string, GivenInput> inputs = given();
  // What need not be given again came from where it came from.
  if (entry.history.begun) {
    for (const GivenInput& before : entry.history.begun->inputs) {
      if (run_.stored_before.contains(before.name)) inputs.insert_or_assign(before.name, before);
    }
  }
  for (auto& [name, input] : inputs) begun.inputs.push_back(std::move(input));
  return begun;
}

Task<> RunSetup::co_begin(RunEntry& entry) {
  const std::string& id = entry.journal->run();
  const std::string& token = entry.journal->holder().token;
  run_.journal = entry.journal;
  run_.environment.push_back(survivor_mark(id, token));
  const std::filesystem::path parent = run_.work_folder.empty() ? temporary_folder() : run_.work_folder;
  run_.work_folder = parent / (work_folder_begin(id) + token);
  prefix_ = prefix_of_run(id);
  run_.prefix = prefix_;
  ResumeFacts facts;
  for (const auto& [name, uri] : options_.places_) facts.places.emplace(name, uri.text());
  facts.given = given();
  facts.lists = found_elements_;
  co_await co_plan_resume(run_, entry, std::move(facts));
  if (is_reusing(entry)) {
    std::map<std::string, GivenInput> now = given();
    std::map<std::string, std::optional<ObjectInfo>> objects = given_objects();
    co_await co_plan_reuse(run_, entry, std::move(now), std::move(objects));
  }
  run_.finished_before = entry.resume.finished;
  run_.elements_before = entry.resume.elements;
  for (const auto& [data, object] : entry.resume.objects) {
    if (run_.plan.data()[data].writers.empty()) run_.stored_before.insert(object.name);
  }
  check_nothing_is_missing(&entry);
  RunBegun begun = this->begun(entry);
  std::set<std::string> from = origins();
  co_await co_begin_run(run_, entry, std::move(begun), std::move(from));
  if (is_reusing(entry)) co_await co_take(run_, entry);
}

void RunSetup::make_data(const RunEntry* entry, std::vector<std::size_t>& committed) {
  for (const RunPlan::Data& data : run_.plan.data()) {
    const std::size_t position = run_.data.size();
    const auto elements = found_elements_.find(data.name);
    if (elements != found_elements_.end()) {
      // A list from outside has no object of its own.
      Stored none;
      none.uri = inputs_.at(data.name).origin;
      none.content_type = list_type;
      none.etag = tag_of_list(elements->second, run_.storage);
      committed.push_back(position);
      run_.is_own.push_back(false);
      run_.lists.push_back(std::make_unique<RunList>(data.name, elements->second));
      run_.data.push_back(std::make_shared<RunData>(run_.storage, data.name, std::move(none)));
      continue;
    }
    const auto given = inputs_.find(data.name);
    RunInputs::Input* const input = given == inputs_.end() ? nullptr : &given->second;
    if (entry != nullptr && entry->reuse.idle.contains(position)) {
      if (input != nullptr) input->source.reset();
      committed.push_back(position);
      run_.is_own.push_back(false);
      run_.lists.push_back(nullptr);
      run_.data.push_back(std::make_shared<RunData>(run_.storage, data.name, Stored()));
      continue;
    }
    run_.lists.push_back(make_list(data, entry, position));
    const bool is_found = input != nullptr && !input->source;
    run_.is_own.push_back(!is_found && !options_.places_.contains(data.name));
    const RunObject* const reused = entry == nullptr ? nullptr : entry->resume.find(position);
    if (reused != nullptr) {
      if (input != nullptr) input->source.reset();
      committed.push_back(position);
      run_.data.push_back(std::make_shared<RunData>(run_.storage, data.name, reused->stored, reused->content));
    } else if (is_found) {
      const ObjectInfo& info = found_.at(data.name);
      std::string type = data.type.empty() ? info.content_type : data.type;
      committed.push_back(position);
      run_.data.push_back(std::make_shared<RunData>(run_.storage, data.name, info, std::move(type)));
    } else {
      run_.data.push_back(make_live(data, input));
    }
  }
}

std::unique_ptr<RunList> RunSetup::make_list(const RunPlan::Data& data, const RunEntry* entry, std::size_t position) {
  if (!data.is_list) return nullptr;
  if (entry == nullptr || entry->resume.find(position) == nullptr) return std::make_unique<RunList>(data.name);
  return std::make_unique<RunList>(data.name, entry->resume.lists.at(position));
}

Task<ObjectInfo> RunSetup::co_find(std::string name, Uri uri) {
  std::optional<ObjectInfo> info = co_await run_.storage.co_head(uri);
  if (!info) throw Error(ErrorKind::not_found, "the input " + in_quotes(name) + " is not there").about(uri.text());
  co_return std::move(*info);
}

Task<std::vector<ListElement>> RunSetup::co_find_elements(std::string name, std::vector<Uri> uris) {
  if (uris.size() > most_list_elements)
    throw Error(ErrorKind::too_large,
                "the input " + in_quotes(name) + " has more than " + std::to_string(most_list_elements) + " elements");
  const std::string type = run_.plan.data()[run_.plan.position(name)].type;
  std::vector<ListElement> elements;
  for (Uri& uri : uris) {
    const ObjectInfo info = co_await co_find(name, std::move(uri));
    ListElement& element = elements.emplace_back();
    element.index = elements.size() - 1;
    element.stored = stored_of(info);
    if (!type.empty()) element.stored.content_type = type;
  }
  co_return std::move(elements);
}

std::shared_ptr<RunData> RunSetup::make_live(const RunPlan::Data& data, RunInputs::Input* input) const {
  std::string type = data.is_list ? std::string(list_type) : data.type;
  if (type.empty() && input != nullptr) type = input->source->info().content_type;
  WriteOptions options = WriteOptions().content_type(type).prefix(prefix_);
  if (input != nullptr && input->size) options = WriteOptions(std::move(options).size(*input->size));
  if (options_.live_ && data.is_live) options = WriteOptions(std::move(options).live());
  const auto place = options_.places_.find(data.name);
  Uri uri = place == options_.places_.end() ? run_.storage.new_uri(options) : place->second;
  if (type.empty()) type = content_type_of_name(uri.path());
  if (!data.is_live) return std::make_shared<RunData>(run_.storage, data.name, std::move(uri), std::move(options));
  // A pipe works on while what it reads is being committed; it has not finished before (PipeJob::co_inputs_committed).
  LiveObjectPtr live = LiveObject::make(run_.storage, std::move(uri), std::move(options), ReadersEnd::at_end);
  // What somebody asked for has its place in the store.
  const bool is_wanted = data.is_output || data.is_list || input != nullptr || place != options_.places_.end();
  return std::make_shared<RunData>(run_.storage, data.name, std::move(live), std::move(type),
                                   is_wanted ? 0 : options_.inline_below_);
}

}  // namespace coffer
