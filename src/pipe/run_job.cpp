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

Task<> RunJob::co_tidy() { co_return; }

Task<std::shared_ptr<OutputSink>> RunJob::co_open_output(std::size_t data) {
  SinkPtr sink = co_await run_.data[data]->co_writer();
  co_return std::make_shared<OutputSink>(run_, data, std::move(sink), tally_);
}

PipeJob::PipeJob(RunContext& run, std::size_t pipe)
    : RunJob(run, run.pipe_tallies[pipe]),
      pipe_(pipe),
      spec_(run.pipeline.pipes()[pipe]),
      gauge_(run.meter, activity()) {}

Error PipeJob::failure(Error cause) const {
  const std::string who = "the pipe '" + spec_.name() + "'";
  if (cause.kind() == ErrorKind::cancelled) return {ErrorKind::cancelled, who + " was cancelled"};
  return Error(ErrorKind::pipe_failed, who + " failed").because(std::move(cause));
}

bool PipeJob::follows_another() const {
  return std::ranges::any_of(inputs(),
                             [this](const RunPlan::Input& input) { return run().data[input.data]->has_failed(); });
}

Task<> PipeJob::co_record(RunJournal& journal) {
  PipeFinished finished;
  finished.at = journal.now();
  finished.pipe = spec_.name();
  finished.identity = run().identities[pipe_];
  for (const RunPlan::Input& input : inputs()) {
    const RunData& data = *run().data[input.data];
    const Stored stored = *data.stored();
    UsedInput& used = finished.inputs.emplace_back();
    used.name = data.name();
    used.uri = stored.uri.text();
    used.etag = stored.etag;
  }
  for (const std::size_t output : outputs()) finished.outputs.push_back(run_object(*run().data[output]));
  JournalRecord record = std::move(finished);
  co_await journal.co_write_durably(std::move(record));
}

Task<> PipeJob::co_inputs_committed() {
  for (const RunPlan::Input& input : inputs()) co_await run().data[input.data]->co_committed();
}

}  // namespace coffer
