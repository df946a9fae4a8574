#pragma once

#include <string>
#include <vector>

#include <coffer/pipe/pipeline.hpp>

namespace coffer::cli {

/// A name that `exec` binds. The type may be empty; it gives the path its ending.
struct CommandName {
  std::string name;
  std::string type;
};

/// The pipeline that `exec` runs; `command` is not empty. An input that the command says as `{name}` is a path in it,
/// another its standard input; an output the same with its standard output. Braces around anything else are the
/// command's own.
Pipeline pipeline_of_command(const std::vector<CommandName>& inputs, const std::vector<CommandName>& outputs,
                             const std::vector<std::string>& command);

}  // namespace coffer::cli
