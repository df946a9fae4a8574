#include "pipe/program_file.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include <coffer/pipe/pipeline_check.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "pipe/command_template.hpp"
#include "pipe/findings.hpp"
#include "pipe/in_quotes.hpp"

namespace coffer {
namespace {

/// Where nothing else is said: what execvp has.
constexpr const char* usual_path = "/bin:/usr/bin";

bool is_program(const std::string& file) {
  struct stat facts = {};
  return ::stat(file.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) && ::access(file.c_str(), X_OK) == 0;
}

/// What the pipe starts; empty for a coroutine, and where the program is one of the pipe's inputs.
std::string program_of(const PipeSpec& pipe) {
  if (!pipe.is_command()) return "";
  const Result<CommandTemplate> first = CommandTemplate::parse(pipe.command().front().text);
  if (!first || !first->names().empty()) return "";
  return first->fill([](const std::string& name) { return name; });
}

}  // namespace

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* const listed = std::getenv("PATH");
  const std::string path = listed == nullptr ? usual_path : listed;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const std::string folder = path.substr(begin, end - begin);
    std::string file = (folder.empty() ? "." : folder) + "/" + name;
    if (is_program(file)) return file;
    begin = end + 1;
  }
  return "";
}

std::vector<Finding> find_missing_programs(const Pipeline& pipeline) {
  Findings findings;
  for (const PipeSpec& pipe : pipeline.pipes()) {
    const std::string program = program_of(pipe);
    if (program.empty() || is_program(find_program(program))) continue;
    findings.warning(pipe.command().front().place,
                     "the pipe " + in_quotes(pipe.name()) + " needs the program " + in_quotes(program) +
                         ", which is not on this machine: install it, or name it with its folder");
  }
  return findings.take();
}

}  // namespace coffer
