#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <coffer/base/content_type.hpp>

#include "cli/exit_code.hpp"
#include "cli/pipeline_argument.hpp"
#include "cli/pipeline_job.hpp"
#include "cli/program.hpp"

namespace coffer::cli {
namespace {

struct ExecOptions {
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::string> command;
};

std::string name_in(const std::string& assignment) { return assignment.substr(0, assignment.find('=')); }

bool says(const std::vector<std::string>& command, const std::string& name) {
  return std::any_of(command.begin(), command.end(),
                     [&](const std::string& argument) { return argument.find("{" + name + "}") != std::string::npos; });
}

/// A pipeline of one command: what the command names by {name} it gets as a path, the rest as stdin and stdout.
Pipeline pipeline_of(const ExecOptions& options) {
  Pipeline pipeline("exec");
  const std::string& program = options.command.front();
  PipeSpec pipe(program.substr(program.rfind('/') + 1));
  for (const std::string& input : options.inputs) {
    const std::string name = name_in(input);
    pipeline.input(name, std::string(content_type_of_name(input)));
    pipe.reads(name, says(options.command, name) ? Feed::path : Feed::standard_input);
  }
  for (const std::string& output : options.outputs) {
    const std::string name = name_in(output);
    pipeline.output(name);
    pipe.writes(name, says(options.command, name) ? Yield::path : Yield::standard_output,
                std::string(content_type_of_name(output)));
  }
  pipe.command(options.command);
  pipeline.pipe(std::move(pipe));
  return pipeline;
}

int run_exec(const Call& call, const ExecOptions& options) {
  PipelineJob job;
  job.pipeline = pipeline_of(options);
  if (!report_findings(call.console, "exec", check_pipeline(job.pipeline))) return exit_usage;
  job.inputs = options.inputs;
  job.outputs = options.outputs;
  return run_job(call, std::move(job));
}

}  // namespace

void add_exec(Program& program) {
  VerbText text;
  text.name = "exec";
  text.summary = "Run one command on stored objects";
  text.examples =
      "  coffer exec -i in=file:///data/a.mkv -o out=a.flac -- ffmpeg -i {in} -vn {out}\n"
      "  coffer exec -i in=words.txt -o out=sorted.txt -- sort";
  text.notes =
      "{NAME} in the command stands for that input's or output's path. An input that the command does not name\n"
      "is its stdin, an output its stdout; both stream. A path waits until the object is complete.";
  auto options = std::make_shared<ExecOptions>();
  CLI::App& verb = program.add_verb(text, [options](const Call& call) { return run_exec(call, *options); });
  verb.add_option("-i,--input", options->inputs, "What an input is: NAME=FILE, NAME=- or NAME=URI")
      ->type_name("NAME=FILE|URI")
      ->allow_extra_args(false);
  verb.add_option("-o,--output", options->outputs, "Where an output goes: NAME=FILE or NAME=URI")
      ->type_name("NAME=FILE|URI")
      ->allow_extra_args(false);
  verb.add_option("COMMAND", options->command, "The command, behind --")->required()->type_name("");
}

}  // namespace coffer::cli
