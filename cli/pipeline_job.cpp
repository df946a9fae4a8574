#include "cli/pipeline_job.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/pipe/executor.hpp>
#include <coffer/pipe/run_observers.hpp>
#include <coffer/pipe/run_recorder.hpp>

#include "cli/exit_code.hpp"
#include "cli/job_arguments.hpp"
#include "cli/job_outputs.hpp"
#include "cli/list_arguments.hpp"
#include "cli/run_display.hpp"
#include "cli/text.hpp"

namespace coffer::cli {
namespace {

namespace fs = std::filesystem;

Task<RunInputs> co_open_inputs(Session& session, const std::vector<JobInput>& inputs) {
  RunInputs opened;
  for (const JobInput& input : inputs) {
    if (input.is_list) {
      std::vector<Uri> elements = input.elements;
      if (!input.uri.empty()) elements = co_await co_elements_of(session, input.uri);
      opened.list(input.name, std::move(elements), input.uri.empty() ? input.folder : input.uri);
      continue;
    }
    if (!input.file) {
      opened.use(input.name, input.uri);
      continue;
    }
    SourcePtr source = co_await input.file->co_open(session);
    const std::optional<std::uint64_t> size = source->info().size;
    opened.ingest(input.name, std::move(source), size);
    if (input.file->is_regular()) opened.origin(input.name, input.file->uri());
  }
  co_return std::move(opened);
}

void remember_files(RunOptions& options, const std::vector<JobOutput>& outputs) {
  for (const JobOutput& output : outputs) {
    if (!output.folder.empty()) {
      options.remember(file_note(output.name), Uri::of_file(output.folder.native()).value().raw());
    }
    if (!output.file) continue;
    const bool standard = output.file->is_standard();
    options.remember(file_note(output.name), standard ? "-" : Uri::of_file(output.file->path().native()).value().raw());
  }
}

/// Only the same program can resume a run with C++ pipes of its own.
void remember_program(RunOptions& options, const Pipeline& pipeline) {
  if (std::ranges::all_of(pipeline.pipes(), &PipeSpec::is_command)) return;
  std::error_code ignored;  // It is only told to people.
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  if (!program.empty()) options.remember(program_note, program.native());
}

/// Runs the pipeline and writes the outputs' files.
Task<> co_run_pipeline(Session& session, const PipelineJob& job, const std::vector<JobInput>& inputs,
                       const std::vector<JobOutput>& outputs, std::shared_ptr<RunRecorder> recorder) {
  RunInputs opened = co_await co_open_inputs(session, inputs);
  Places places;
  const auto display = std::make_shared<RunDisplay>(session.console(), job.pipeline, [&session] { session.cancel(); });
  std::vector<std::shared_ptr<RunObserver>> observers = {display};
  if (recorder) observers.push_back(recorder);
  RunOptions options;
  options.overlap(job.overlap).live(job.live).meter(session.meter()).keep(job.keep);
  options.reuse(job.reuse);
  options.observer(std::make_shared<RunObservers>(std::move(observers)));
  bool delivered = false;
  options.deliver([&](const RunResult& result) {
    display->stop();
    delivered = true;
    return co_write_files(session, result, outputs, places);
  });
  for (const JobOutput& output : outputs) {
    if (!output.uri.empty()) options.store_at(output.name, output.uri);
  }
  if (!job.run.empty()) {
    options.run_id(job.run).only_resumes(job.only_resumes);
    remember_files(options, outputs);
    remember_program(options, job.pipeline);
    if (job.live) options.remember(live_note, "yes");
  }
  Executor executor(session.storage());
  Pipeline pipeline = job.pipeline;
  std::optional<RunResult> result;
  std::exception_ptr failed;
  try {
    result = co_await executor.co_run(std::move(pipeline), std::move(opened), std::move(options));
    // It had ended well before, perhaps with other files.
    if (!delivered) co_await co_write_files(session, *result, outputs, places);
  } catch (...) {
    failed = std::current_exception();
  }
  display->stop();
  if (result && result->ended_before)
    session.console().note("the run " + job.run + " had ended well before: this is its result, and nothing was run");
  if (result && recorder) recorder->ended(*result);
  if (display->gave_up()) display->check_output();
  if (failed) {
    if (display->has_begun()) {
      const std::string runs = printable(session.program()) + " runs ";
      session.console().note("what is done stays: " + runs + "resume " + job.run + " goes on, " + runs + "dispose " +
                             job.run + " removes it");
    }
    std::rethrow_exception(failed);
  }
  show_result(session.console(), job, *result, places, outputs);
  display->check_output();
}

Task<int> co_run_job(Session& session, PipelineJob job, std::vector<JobInput> inputs, std::vector<JobOutput> outputs,
                     RunFiles files) {
  co_await files.co_open(session);
  std::shared_ptr<RunRecorder> recorder;
  if (files.any()) recorder = std::make_shared<RunRecorder>(job.pipeline, session.meter());
  std::exception_ptr failed;
  try {
    co_await co_run_pipeline(session, job, inputs, outputs, recorder);
  } catch (...) {
    failed = std::current_exception();
  }
  // A run that was interrupted is drawn, too.
  co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
  try {
    if (recorder && failed) recorder->ended(to_error(failed));
    if (recorder) co_await files.co_write(session, recorder->recording());
  } catch (...) {
    if (failed) session.console().complain(to_error(std::current_exception()).what());
    if (!failed) failed = std::current_exception();
  }
  if (failed) std::rethrow_exception(failed);
  co_return exit_done;
}

void check_apart(const RunFiles& files, const JobInput& input) {
  const auto check = [&](const Uri& uri) {
    if (uri.scheme() == "file") files.check_apart(fs::path(uri.path()), "-i " + input.name);
  };
  check(input.file && input.file->is_regular() ? input.file->uri() : input.uri);
  std::ranges::for_each(input.elements, check);
}

}  // namespace

int run_job(const Call& call, PipelineJob job) {
  const Settings settings = resolve(call.options);
  std::vector<JobInput> inputs = parse_inputs(job, settings.root);
  std::vector<JobOutput> outputs = parse_outputs(job, settings.root);
  RunFiles files(job.run_files);
  for (const JobOutput& output : outputs) {
    if (output.file) files.check_apart(*output.file, "-o " + output.name);
  }
  for (const std::string& file : job.pipeline_files) files.check_apart(file, "the pipeline");
  for (const JobInput& input : inputs) check_apart(files, input);
  if (std::ranges::any_of(outputs, is_standard_output)) call.console.set_output_taken(true);
  if (!job.note.empty()) call.console.note(job.note);
  std::vector<Uri> typed;
  for (const JobInput& input : inputs) {
    if (!input.file && !input.uri.empty()) typed.push_back(input.uri);
    typed.insert(typed.end(), input.elements.begin(), input.elements.end());
    if (input.file && input.file->is_regular()) typed.push_back(input.file->uri());
  }
  Session session(call, settings, typed);
  return session.run(co_run_job(session, std::move(job), std::move(inputs), std::move(outputs), std::move(files)));
}

std::string file_note(const std::string& output) { return "file " + output; }

Keep parse_keep(const std::string& text) {
  for (const Keep keep : {Keep::everything, Keep::outputs, Keep::nothing}) {
    if (to_string(keep) == text) return keep;
  }
  throw Error(ErrorKind::invalid_argument, "--keep: “" + printable(text) + "” is none of everything, outputs, nothing");
}

}  // namespace coffer::cli
