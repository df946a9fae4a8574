#include <algorithm>
#include <string>

#include <coffer/pipe/pipeline_check.hpp>

#include "pipe/json_tree.hpp"

namespace coffer {
namespace {

std::string count(std::size_t number, std::string_view what) {
  return (number == 0 ? "no" : std::to_string(number)) + " " + std::string(what) + (number == 1 ? "" : "s");
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string_view word(Severity severity) { return severity == Severity::error ? "error" : "warning"; }

std::string line_of(const Finding& finding) {
  std::string line(word(finding.severity));
  if (finding.place.known()) line += ": " + place_text(finding.place);
  return line + ": " + finding.message + "\n";
}

std::string way_of(const InputFlow& input) { return input.is_batch ? "batch" : std::string(to_string(input.feed)); }

std::string lines_of(const PipeFlow& pipe) {
  std::size_t width = 0;
  for (const InputFlow& input : pipe.inputs) width = std::max(width, input.name.size());
  std::string lines = "  " + pipe.pipe + " starts " + pipe.starts;
  lines += (pipe.when.empty() ? "" : ", if " + pipe.when) + "\n";
  for (const InputFlow& input : pipe.inputs) {
    lines += "    " + padded(input.name, width) + (input.streams ? "  streams  " : "  waits    ");
    lines += padded(way_of(input), 6) + "  from " + (input.from.empty() ? "outside" : input.from);
    lines += ": " + input.why + (input.optional ? "; it runs without it where it is absent" : "") + "\n";
  }
  return lines;
}

std::string json_of(const Finding& finding) {
  std::string json = "{\"severity\":\"" + std::string(word(finding.severity)) + "\"";
  if (finding.place.known()) {
    json += ",\"line\":" + std::to_string(finding.place.line) + ",\"column\":" + std::to_string(finding.place.column);
  }
  return json + ",\"message\":" + json_quoted(finding.message) + "}";
}

std::string json_of(const InputFlow& input) {
  std::string json = "{\"name\":" + json_quoted(input.name) + ",\"by\":" + json_quoted(way_of(input));
  if (!input.from.empty()) json += ",\"from\":" + json_quoted(input.from);
  if (input.optional) json += ",\"optional\":true";
  return json + ",\"streams\":" + (input.streams ? "true" : "false") + ",\"why\":" + json_quoted(input.why) + "}";
}

std::string json_of(const PipeFlow& pipe) {
  std::string inputs;
  for (const InputFlow& input : pipe.inputs) inputs += (inputs.empty() ? "" : ",") + json_of(input);
  const std::string when = pipe.when.empty() ? "" : ",\"when\":" + json_quoted(pipe.when);
  return "{\"pipe\":" + json_quoted(pipe.pipe) + ",\"starts\":" + json_quoted(pipe.starts) + when + ",\"inputs\":[" +
         inputs + "]}";
}

}  // namespace

std::string to_text(const PipelineCheck& check) {
  const auto errors = static_cast<std::size_t>(
      std::ranges::count(check.findings, Severity::error, [](const Finding& finding) { return finding.severity; }));
  std::string text = "pipeline " + check.pipeline + ": " + count(errors, "error") + ", " +
                     count(check.findings.size() - errors, "warning") + "\n";
  for (const Finding& finding : check.findings) text += line_of(finding);
  for (const PipeFlow& pipe : check.pipes) text += lines_of(pipe);
  return text;
}

std::string to_json(const PipelineCheck& check) {
  std::string findings;
  for (const Finding& finding : check.findings) findings += (findings.empty() ? "" : ",") + json_of(finding);
  std::string pipes;
  for (const PipeFlow& pipe : check.pipes) pipes += (pipes.empty() ? "" : ",") + json_of(pipe);
  return "{\"pipeline\":" + json_quoted(check.pipeline) + ",\"ok\":" + (check.ok() ? "true" : "false") +
         ",\"findings\":[" + findings + "],\"pipes\":[" + pipes + "]}";
}

}  // namespace coffer
