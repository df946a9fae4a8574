#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <coffer/pipe/runs.hpp>

#include "cli/exit_code.hpp"
#include "cli/pipeline_argument.hpp"
#include "cli/pipeline_job.hpp"
#include "cli/program.hpp"

namespace coffer::cli {
namespace {

struct RunVerbOptions {
  std::string pipeline;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  bool no_overlap = false;
  RunFileNames run_files;
  bool live = false;
  std::string run;
  std::string keep = "outputs";
  bool reuse = false;
};

/// A run in a folder is written down under a new id where none was given.
std::string id_of(const Call& call, const RunVerbOptions& options) {
  if (!options.run.empty()) return options.run;
  const bool has_journals = resolve(call.options).root.scheme() == "file";
  return has_journals ? new_run_id(std::chrono::system_clock::now()) : std::string();
}

int run_run(const Call& call, const RunVerbOptions& options) {
  PipelineJob job;
  PipelineArgument argument = read_pipeline(options.pipeline, call.routines);
  // Other warnings come from the run itself.
  if (!argument.check.ok()) {
    report_findings(call.console, options.pipeline, argument.check.findings);
    call.console.tell(first_error(options.pipeline, argument.check));
    return exit_failed;
  }
  report_findings(call.console, options.pipeline, argument.missing_programs);
  job.pipeline = std::move(*argument.pipeline);
  job.pipeline_files = std::move(argument.files);
  job.inputs = options.inputs;
  job.outputs = options.outputs;
  job.overlap = !options.no_overlap;
  job.run_files = options.run_files;
  job.live = options.live;
  job.keep = parse_keep(options.keep);
  job.may_have_begun = !options.run.empty();
  job.reuse = options.reuse;
  job.run = id_of(call, options);
  return run_job(call, std::move(job));
}

}  // namespace

void add_run(Program& program) {
  VerbText text;
  text.name = "run";
  text.summary = "Run a pipeline: each pipe reads and writes storage, while others still do";
  text.examples =
      "  coffer run pipeline.json -i video=talk.mp4 -o audio=talk.flac\n"
      "  ffmpeg ... -f matroska - | coffer run pipeline.json -i video=-\n"
      "  coffer run pipeline.json -i video=file:///data/talk.mp4 --no-overlap\n"
      "  coffer run pipeline.json -i video=talk.mp4 --cache-dir /fast/cache --cache-size 20GiB\n"
      "  coffer run pipeline.json -i video=talk.mp4 --timeline run.html\n"
      "  coffer run pipeline.json -i frames=shots/ -o texts=texts/\n"
      "  coffer run pipeline.json -i video=talk.mp4 --run-id talk-7\n"
      "  coffer runs resume talk-7                          where that was killed\n"
      "  coffer run pipeline.json -i video=talk.mp4 --reuse what an earlier run has made already is taken";
  text.notes =
      "An input that is a FILE or - is stored while the pipes read it already; a URI is read where it lies.\n"
      "An input that is a list is a FOLDER, whose files are read where they lie in the byte order of their names, a "
      "URI\n"
      "that ends in /, or the URI of a list; an output that is a list goes to a FOLDER as 000001.png and so on.\n"
      "Outputs are objects of the store; -o also writes them to a FILE (over what is there) once the whole run has\n"
      "ended well, or gives the object a URI.\n"
      "What a pipe reads that has to wait for another is read ahead meanwhile: into memory, and of a distant store "
      "into\n"
      "--cache-dir where memory has no room for it. Not with --no-overlap.\n"
      "The first pipe that fails ends the others; what was not complete is gone.\n"
      "A pipe with a condition (\"when\") that does not hold is skipped; an output that is absent then makes no FILE.\n"
      "A \"routine\" in a pipeline is a C++ pipe: only the program that has it, one built on coffer::cli, runs it.\n"
      "--timeline, --trace and --metrics write their FILE at the end of the run, also of one that fails.\n"
      "A run in a store on disk is written down under its id: where it is killed or fails, the same command with\n"
      "--run-id, or coffer runs resume, goes on with it, and pipes that had finished are not run again unless their\n"
      "program, arguments or inputs have changed. Once it has ended well, what pipes handed each other is removed.\n"
      "--reuse takes what pipes have made in earlier runs of the store where their program, arguments, declared\n"
      "environment and the contents of all they read are the same and it is still there; it says what, and of the "
      "other\n"
      "pipes why not. To have earlier pipes taken when a later one has changed, run with --keep everything: else what\n"
      "pipes handed each other is gone. What it took stays where it is until this run is disposed of. Other files\n"
      "that a command reads by itself (a script, a model) are not looked at.";
  auto options = std::make_shared<RunVerbOptions>();
  CLI::App& verb = program.add_verb(text, [options](const Call& call) { return run_run(call, *options); });
  verb.add_option("PIPELINE", options->pipeline, "The pipeline's file (docs/pipeline_format.md)")
      ->required()
      ->type_name("");
  verb.add_option("-i,--input", options->inputs, "What an input is: NAME=FILE, NAME=- or NAME=URI")
      ->type_name("NAME=FILE|URI")
      ->allow_extra_args(false);
  verb.add_option("-o,--output", options->outputs, "Where an output goes: NAME=FILE, NAME=- or NAME=URI")
      ->type_name("NAME=FILE|URI")
      ->allow_extra_args(false);
  verb.add_option("--run-id", options->run,
                  "The run's id: letters, digits, _ and -. One that is there is gone on with.\n"
                  "Default: a new one")
      ->type_name("ID");
  verb.add_option("--keep", options->keep,
                  "What stays in the store once it has ended well: everything,\n"
                  "outputs or nothing. Default: outputs")
      ->type_name("WHAT");
  verb.add_flag("--reuse", options->reuse, "Take what the same pipes have made of the same contents in earlier runs");
  verb.add_flag("--no-overlap", options->no_overlap, "Start each pipe only after all it reads is complete");
  add_run_file_options(verb, options->run_files);
  verb.add_flag("--live", options->live, "Let `coffer cat --follow` read what is stored, already while it is");
}

}  // namespace coffer::cli
