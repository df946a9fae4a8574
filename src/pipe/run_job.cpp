#include "pipe/run_job.hpp"

#include <algorithm>
#include <utility>

namespace coffer {

RunObject run_object(const RunData& data) {
  RunObject object;
  object.name = data.name();
  object.stored = *data.stored();
  if (const auto content = data.inline_content()) object.content = *content;
  return object;
}

UsedInput used_input(const RunData& data) {
  const Stored stored = data.stored().value();
  UsedInput used;
  used.name = data.name();
  used.uri = stored.uri.text();
  used.etag = stored.etag;
  return used;
}

Task<RunObject> co_at_its_place(RunContext& run, RunObject object) {
  const auto place = run.places.find(object.name);
  if (place == run.places.end() || place->second == object.stored.uri) co_return std::move(object);
  Uri from = object.stored.uri;
  Uri to = place->second;
  WriteOptions options;
  options.content_type(object.stored.content_type);
  object.stored = co_await run.storage.co_copy(std::move(from), std::move(to), std::move(options));
  co_return std::move(object);
}

Task<> RunJob::co_tidy() { co_return; }

Task<std::shared_ptr<OutputSink>> RunJob::co_open_output(std::size_t position) {
  std::shared_ptr<RunData> data = run_.data[position];
  SinkPtr sink = co_await data->co_writer();
  co_return std::make_shared<OutputSink>(run_, std::move(data), position, std::move(sink), tally_);
}

PipeJob::PipeJob(RunContext& run, PipeScope scope)
    : RunJob(run, run.pipe_tallies[scope.pipe()]),
      scope_(std::move(scope)),
      spec_(run.pipeline.pipes()[scope_.pipe()]),
      gauge_(run.meter, activity()) {}

std::string PipeJob::failed_words() const {
  std::string words = "the pipe '" + spec_.name() + "' failed";
  if (scope_.element()) words += " at " + spec_.batch()->over + "[" + std::to_string(*scope_.element()) + "]";
  return words;
}

Error PipeJob::failure(Error cause) const {
  if (cause.kind() == ErrorKind::cancelled)
    return {ErrorKind::cancelled, "the pipe '" + spec_.name() + "' was cancelled"};
  return Error(ErrorKind::pipe_failed, failed_words()).because(std::move(cause));
}

bool PipeJob::follows_another() const {
  return std::ranges::any_of(inputs(), [](const Input& input) {
    return input.data->has_failed() || (input.list != nullptr && input.list->has_failed());
  });
}

Task<std::shared_ptr<OutputSink>> PipeJob::co_open_output(const Output& output) {
  std::optional<std::size_t> position;
  if (scope_.is_seen()) position = output.position;
  std::shared_ptr<RunData> data = output.data;
  SinkPtr sink = co_await data->co_writer();
  co_return std::make_shared<OutputSink>(run(), std::move(data), position, std::move(sink), tally());
}

void PipeJob::went_live(const Output& output) {
  if (scope_.is_seen()) run().board->went_live(output.position);
}

Task<> PipeJob::co_record(RunJournal& journal) {
  // As the plan has them: with the list of a batch.
  const std::vector<std::size_t> all = run().present(run().plan.depends_on(scope_.pipe()));
  for (const std::size_t data : all) co_await run().data[data]->co_recorded();
  PipeFinished finished;
  finished.at = journal.now();
  finished.pipe = spec_.name();
  finished.identity = run().identities[scope_.pipe()];
  for (const std::size_t data : all) finished.inputs.push_back(used_input(*run().data[data]));
  for (const Output& output : outputs()) finished.outputs.push_back(run_object(*output.data));
  const std::uint64_t added = journal.add(finished);
  for (const Output& output : outputs()) output.data->set_recorded(true);
  co_await journal.co_durable(added);
}

void PipeJob::give_up_record() {
  for (const Output& output : outputs()) output.data->set_recorded(false);
}

Task<> PipeJob::co_inputs_committed() {
  for (const Input& input : inputs()) co_await input.data->co_committed();
}

std::unique_ptr<PipeJob> make_attempt(RunContext& run, PipeScope scope) {
  if (run.pipeline.pipes()[scope.pipe()].is_command()) return make_command_pipe(run, std::move(scope));
  return make_coroutine_pipe(run, std::move(scope));
}

std::unique_ptr<RunJob> make_pipe(RunContext& run, std::size_t pipe) {
  const PipeSpec& spec = run.pipeline.pipes()[pipe];
  std::unique_ptr<RunJob> job;
  if (spec.batch()) {
    job = make_batch_pipe(run, pipe);
  } else {
    job = make_attempts(run, PipeScope(run, pipe));
  }
  return run.reuse ? make_reuse_pipe(run, pipe, std::move(job)) : std::move(job);
}

}  // namespace coffer
