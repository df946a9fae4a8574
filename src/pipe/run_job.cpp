#include "pipe/run_job.hpp"

#include <algorithm>
#include <utility>

namespace coffer {

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

Task<> PipeJob::co_inputs_committed() {
  for (const RunPlan::Input& input : inputs()) co_await run().data[input.data]->co_committed();
}

}  // namespace coffer
