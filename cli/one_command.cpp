#include "cli/one_command.hpp"

#include <set>
#include <string_view>
#include <utility>

namespace coffer::cli {
namespace {

/// The name in braces that the text begins with, where it is one of these; else empty.
std::string_view leading_name(std::string_view text, const std::set<std::string, std::less<>>& names) {
  const std::size_t end = text.find('}');
  if (!text.starts_with('{') || end == std::string_view::npos) return {};
  const std::string_view name = text.substr(1, end - 1);
  return names.contains(name) ? name : std::string_view();
}

/// The same argument as a pipeline has it, and the names that it says.
std::string as_template(std::string_view text, const std::set<std::string, std::less<>>& names,
                        std::set<std::string>& said) {
  std::string argument;
  while (!text.empty()) {
    const std::string_view name = leading_name(text, names);
    std::size_t taken = 1;
    if (!name.empty()) {
      said.emplace(name);
      taken = name.size() + 2;
    } else if (text.front() == '{') {
      argument += '{';
    }
    argument += text.substr(0, taken);
    text.remove_prefix(taken);
  }
  return argument;
}

/// The program's file name, with '_' for what no name of a pipe may have.
std::string pipe_name(const std::string& program) {
  std::string name = program.substr(program.rfind('/') + 1).substr(0, 63);
  for (char& c : name) {
    if (!is_pipeline_name(std::string{'_', c})) c = '_';
  }
  return is_pipeline_name(name) ? name : "_" + name;
}

}  // namespace

Pipeline pipeline_of_command(const std::vector<CommandName>& inputs, const std::vector<CommandName>& outputs,
                             const std::vector<std::string>& command) {
  std::set<std::string, std::less<>> names;
  for (const CommandName& input : inputs) names.insert(input.name);
  for (const CommandName& output : outputs) names.insert(output.name);
  std::set<std::string> said;
  std::vector<std::string> arguments;
  arguments.reserve(command.size());
  for (const std::string& text : command) arguments.push_back(as_template(text, names, said));
  Pipeline pipeline("exec");
  PipeSpec pipe(pipe_name(command.front()));
  for (const CommandName& input : inputs) {
    pipeline.input(input.name, input.type);
    pipe.reads(input.name, said.contains(input.name) ? Feed::path : Feed::standard_input);
  }
  for (const CommandName& output : outputs) {
    pipeline.output(output.name);
    pipe.writes(output.name, said.contains(output.name) ? Yield::path : Yield::standard_output, output.type);
  }
  pipe.command(arguments);
  pipeline.pipe(std::move(pipe));
  return pipeline;
}

}  // namespace coffer::cli
