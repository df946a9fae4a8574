#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <coffer/base/content_type.hpp>
#include <coffer/pipe/pipeline_check.hpp>

#include "cli/exit_code.hpp"
#include "cli/one_command.hpp"
#include "cli/pipeline_job.hpp"
#include "cli/program.hpp"

namespace coffer::cli {
namespace {

struct ExecOptions {
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::string> command;
  RunFileNames run_files;
};

std::vector<CommandName> names_of(const std::vector<std::string>& assignments) {
  std::vector<CommandName> names;
  names.reserve(assignments.size());
  for (const std::string& text : assignments) {
    CommandName name;
    name.name = text.substr(0, text.find('='));
    name.type = content_type_of_name(text);
    names.push_back(std::move(name));
  }
  return names;
}

int run_exec(const Call& call, const ExecOptions& options) {
  PipelineJob job;
  job.pipeline = pipeline_of_command(names_of(options.inputs), names_of(options.outputs), options.command);
  const PipelineCheck check = check_pipeline(job.pipeline);
  const auto error = std::ranges::find(check.findings, Severity::error, &Finding::severity);
  if (error != check.findings.end()) throw Error(ErrorKind::invalid_argument, "exec: " + error->message);
  job.inputs = options.inputs;
  job.outputs = options.outputs;
  job.files = FileInputs::read_there;
  job.run_files = options.run_files;
  if (options.outputs.empty()) {
    job.note = "no -o was given: its standard output is thrown away; -o out=- shows it";
  }
  return run_job(call, std::move(job));
}

}  // namespace

void add_exec(Program& program) {
  VerbText text;
  text.name = "exec";
  text.summary = "Run one command on stored objects";
  text.examples =
      "  coffer exec -i in=file:///data/store/a.mkv -o out=a.flac -- ffmpeg -i {in} -vn {out}\n"
      "  coffer exec -i in=words.txt -o out=- -- sort\n"
      "  tar c folder | coffer exec -i in=- -o out=file:///data/store/folder.tar.xz -- xz";
  text.notes =
      "A pipeline of one command. {NAME} in it stands for that input's or output's path; a path waits until the "
      "object\n"
      "is complete. An input that the command does not name is its stdin, an output its stdout; both stream. Files "
      "and\n"
      "URIs are read where they lie. Outputs are objects of the store; -o also writes them to a FILE, or gives the\n"
      "object a URI; without -o its stdout is thrown away, and -o out=- shows it. It runs in an empty folder: give\n"
      "scripts and other files by absolute path. There is no shell, and braces around anything else are left alone.";
  auto options = std::make_shared<ExecOptions>();
  CLI::App& verb = program.add_verb(text, [options](const Call& call) { return run_exec(call, *options); });
  verb.add_option("-i,--input", options->inputs, "What an input is: NAME=FILE, NAME=- or NAME=URI")
      ->type_name("NAME=FILE|URI")
      ->allow_extra_args(false);
  verb.add_option("-o,--output", options->outputs, "Where an output goes: NAME=FILE, NAME=- or NAME=URI")
      ->type_name("NAME=FILE|URI")
      ->allow_extra_args(false);
  add_run_file_options(verb, options->run_files);
  verb.add_option("COMMAND", options->command, "The command, behind --")->required()->type_name("");
}

}  // namespace coffer::cli
