#pragma once

#include <string>
#include <vector>

#include <coffer/pipe/pipe_routines.hpp>
#include <coffer/pipe/pipeline.hpp>

#include "pipe/json_tree.hpp"

namespace coffer {

/// A pipe of a pipeline file at this path in it. `routines` are the C++ pipes that it may name; null: they are not
/// looked for. Throws as refuse() does.
PipeSpec read_pipe(const JsonNode& node, const std::string& path, const PipeRoutines* routines);

/// One, or a list of which all must hold.
std::vector<ConditionSpec> read_conditions(const JsonNode& node, const std::string& path);
BatchSpec read_batch(const JsonNode& node, const std::string& path);

}  // namespace coffer
