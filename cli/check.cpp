#include <algorithm>
#include <iterator>
#include <memory>
#include <string>

#include <CLI/App.hpp>

#include "cli/exit_code.hpp"
#include "cli/pipeline_argument.hpp"
#include "cli/program.hpp"
#include "cli/text.hpp"

namespace coffer::cli {
namespace {

int run_check(const Call& call, const std::string& file) {
  PipelineArgument argument = read_pipeline(file, call.routines);
  PipelineCheck& check = argument.check;
  std::ranges::move(argument.missing_programs, std::back_inserter(check.findings));
  if (call.console.json()) {
    call.console.result(to_json(check));
    return check.ok() ? exit_done : exit_failed;
  }
  // Warnings alone are part of the result.
  if (!check.ok()) {
    report_findings(call.console, file, check.findings);
    return exit_failed;
  }
  for (Finding& finding : check.findings) finding.message = printable(finding.message);
  std::string text = to_text(check);
  if (text.ends_with('\n')) text.pop_back();
  call.console.result(text);
  return exit_done;
}

}  // namespace

void add_check(Program& program) {
  VerbText text;
  text.name = "check";
  text.summary = "Say what of a pipeline streams, what waits and why; nothing is run";
  text.examples = "  coffer check pipeline.json";
  text.notes =
      "Names that nobody writes, two writers of a name, cycles and the like are told with line and column;\n"
      "the exit code is 1 then. A program that is not on this machine is a warning.";
  auto file = std::make_shared<std::string>();
  CLI::App& verb = program.add_verb(text, [file](const Call& call) { return run_check(call, *file); });
  verb.add_option("PIPELINE", *file, "The pipeline's file")->required()->type_name("");
}

}  // namespace coffer::cli
