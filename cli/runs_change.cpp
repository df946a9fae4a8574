#include <cstddef>
#include <deque>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <coffer/base/byte_size.hpp>
#include <coffer/pipe/pipeline_file.hpp>
#include <coffer/pipe/runs.hpp>

#include "cli/exit_code.hpp"
#include "cli/left_objects.hpp"
#include "cli/pipeline_job.hpp"
#include "cli/runs.hpp"
#include "cli/text.hpp"

namespace coffer::cli {
namespace {

struct ResumeVerbOptions {
  std::string id;
  RunFileNames run_files;
};

struct DisposeVerbOptions {
  std::vector<std::string> ids;
  std::string keep = "nothing";
  bool dry_run = false;
};

Task<int> co_find(Session& session, std::string id, std::optional<RunInfo>& run) {
  Runs runs(session.storage());
  run = co_await runs.co_find(std::move(id));
  co_return exit_done;
}

RunInfo find_run(const Call& call, const std::string& id) {
  std::optional<RunInfo> run;
  Session session(call, resolve(call.options), {});
  session.run(co_find(session, id, run));
  if (!run) throw no_run(id);
  if (run->status == RunStatus::unreadable) {
    throw Error(ErrorKind::corrupt, "the run " + run->id + " is unreadable: " + run->problem);
  }
  return std::move(*run);
}

/// As it would be typed: a file's path, or the URI.
std::string typed(const std::string& uri, bool as_file) { return as_file ? Uri(uri).path() : uri; }

/// What the run was begun with.
Pipeline pipeline_of(const RunInfo& run, const PipeRoutines& routines) {
  if (run.pipeline_file.empty()) {
    throw Error(ErrorKind::unsupported, "the run " + run.id + " has pipes in C++: its own program resumes it");
  }
  const Pipeline unbound = parse_pipeline(run.pipeline_file).value();
  for (const PipeSpec& pipe : unbound.pipes()) {
    if (pipe.is_command() || routines.find(pipe.routine_name()) != nullptr) continue;
    const auto program = run.notes.find(program_note);
    throw Error(ErrorKind::unsupported,
                "this program has no C++ pipe '" + pipe.routine_name() + "', which the run " + run.id +
                    " needs: resume it with " +
                    (program == run.notes.end() ? "the program that began it" : printable(program->second)));
  }
  return parse_pipeline(run.pipeline_file, routines).value();
}

PipelineJob job_of(const RunInfo& run, const PipeRoutines& routines) {
  PipelineJob job;
  job.pipeline = pipeline_of(run, routines);
  job.run = run.id;
  job.may_have_begun = true;
  job.only_resumes = true;
  job.keep = run.keep;
  job.overlap = run.overlap;
  job.reuse = run.reuse;
  job.live = run.notes.contains(live_note);
  for (const RunInfo::Input& input : run.inputs) {
    if (input.stored) continue;
    if (input.uri.empty()) {
      throw Error(ErrorKind::invalid_argument,
                  "the input " + input.name + " of the run " + run.id +
                      " came from a stream and was not stored as a whole: give it again, with coffer run PIPELINE "
                      "--run-id " +
                      run.id + " -i " + input.name + "=...");
    }
    job.inputs.push_back(input.name + "=" + typed(input.uri, input.ingested));
  }
  for (const OutputSpec& output : job.pipeline.outputs()) {
    const auto place = run.places.find(output.name);
    if (place != run.places.end()) job.outputs.push_back(output.name + "=" + place->second);
    const auto file = run.notes.find(file_note(output.name));
    if (file == run.notes.end()) continue;
    job.outputs.push_back(output.name + "=" + (file->second == "-" ? file->second : typed(file->second, true)));
  }
  return job;
}

int run_resume(const Call& call, const ResumeVerbOptions& options) {
  PipelineJob job = job_of(find_run(call, options.id), call.routines);
  job.run_files = options.run_files;
  return run_job(call, std::move(job));
}

void print(Console& console, const std::string& id, const DisposeReport& report, bool dry_run) {
  if (console.json()) {
    JsonObject line;
    line.text("run", id).flag("existed", report.existed).number("objects", report.removed.size());
    line.number("bytes", report.bytes).number("left", report.left.size()).flag("disposed", report.complete && !dry_run);
    console.result(line);
  }
  tell_left(console, id, report.left);
  if (!report.existed) {
    console.note("there is no run " + printable(id));
    return;
  }
  if (dry_run && !console.json()) {
    for (const ObjectInfo& object : report.removed) console.result(object.uri.text());
  }
  const std::string objects =
      std::to_string(report.removed.size()) + (report.removed.size() == 1 ? " object, " : " objects, ");
  std::string words = id + ": " + (dry_run ? "would remove " : "removed ") + objects + format_byte_size(report.bytes);
  if (!report.complete) words += "; the run stays until that is over: dispose of it again then";
  console.note(words);
}

/// What went before, and now.
void add(DisposeReport& report, DisposeReport now) {
  now.existed = now.existed || report.existed;
  now.bytes += report.bytes;
  now.removed.insert(now.removed.end(), std::make_move_iterator(report.removed.begin()),
                     std::make_move_iterator(report.removed.end()));
  report = std::move(now);
}

/// Goes on after one that failed; the first failure is the exit code, for each one is told. One that others read is
/// tried again behind them: they may be among those that go.
Task<int> co_dispose(Session& session, std::vector<std::string> ids, Keep keep, bool dry_run) {
  int code = exit_done;
  Runs runs(session.storage());
  std::deque<std::string> waiting(ids.begin(), ids.end());
  std::map<std::string, DisposeReport> so_far;
  std::size_t in_vain = 0;
  while (!waiting.empty()) {
    const std::string id = std::move(waiting.front());
    waiting.pop_front();
    DisposeOptions options;
    options.keep(keep).dry_run(dry_run);
    try {
      DisposeReport now = co_await runs.co_dispose(id, options);
      DisposeReport& report = so_far[id];
      add(report, std::move(now));
      if (!report.complete && !dry_run && report.existed && in_vain < waiting.size()) {
        ++in_vain;
        waiting.push_back(id);
        continue;
      }
      in_vain = 0;
      print(session.console(), id, report, dry_run);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      session.console().error(error);
      if (code == exit_done) code = exit_code_of(error.kind());
    }
  }
  co_return code;
}

int run_dispose(const Call& call, const DisposeVerbOptions& options) {
  const Keep keep = parse_keep(options.keep);
  Session session(call, resolve(call.options), {});
  return session.run(co_dispose(session, options.ids, keep, options.dry_run));
}

}  // namespace

void add_runs_resume(Program& program, CLI::App& group) {
  VerbText text;
  text.name = "resume";
  text.summary = "Go on with a run that was killed, failed or was interrupted";
  text.examples = "  coffer runs resume talk-7";
  text.notes =
      "Commands of the killed run that are still alive are ended first. Pipes that had finished are not run again,\n"
      "unless their program, their arguments or their inputs have changed; that is said. An input from a file that "
      "was\n"
      "not stored as a whole is stored again. The rest is as the run was begun: inputs, places and files of outputs.\n"
      "Only one process is at a run; another one is told which.";
  auto options = std::make_shared<ResumeVerbOptions>();
  CLI::App& verb = program.add_verb(group, text, [options](const Call& call) { return run_resume(call, *options); });
  verb.add_option("ID", options->id, "The run's id")->required()->type_name("");
  add_run_file_options(verb, options->run_files);
}

void add_runs_dispose(Program& program, CLI::App& group) {
  VerbText text;
  text.name = "dispose";
  text.summary = "Remove what runs have stored, and their journals";
  text.examples =
      "  coffer runs dispose talk-7 --dry-run               only say what would go\n"
      "  coffer runs dispose talk-7\n"
      "  coffer runs dispose talk-7 --keep outputs";
  text.notes =
      "Only objects whose names begin with the run's id go: never inputs that were there, files, or outputs that were\n"
      "given a place. What another run reads stays until that one is over. A run that is not there is no error, and\n"
      "what was interrupted goes on when it is done again. Of a run whose journal is damaged --keep everything "
      "removes\n"
      "the journal alone.";
  auto options = std::make_shared<DisposeVerbOptions>();
  CLI::App& verb = program.add_verb(group, text, [options](const Call& call) { return run_dispose(call, *options); });
  verb.add_option("ID", options->ids, "The runs' ids")->required()->type_name("");
  verb.add_option("--keep", options->keep,
                  "What stays, as objects like any other: everything, outputs\nor nothing. Default: nothing")
      ->type_name("WHAT");
  verb.add_flag("--dry-run", options->dry_run, "Remove nothing, only say what would be");
}

}  // namespace coffer::cli
