#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <coffer/pipe/pipe_routines.hpp>
#include <coffer/pipe/pipeline.hpp>
#include <coffer/pipe/pipeline_file.hpp>

#include "pipe/json_tree.hpp"

namespace coffer {

/// Bytes of one file.
inline constexpr std::size_t largest_pipeline_file = std::size_t{1} << 20U;

/// What reading a pipeline file has besides its text. Null members: what they are for is not looked for.
struct PipelineReading {
  const PipeRoutines* routines = nullptr;
  const PipelineOpener* open = nullptr;
  /// The files that are being read, each named by the one before it.
  std::vector<std::string> files;
  /// How many pipelines lie around the one that is being read.
  std::size_t depth = 0;
};

/// The pipeline at this path in a file: empty for the document itself. Throws as refuse() does.
Pipeline read_pipeline(const JsonNode& node, const std::string& path, PipelineReading& reading);
/// Adds a pipe that is a pipeline: all pipes of that.
void read_nested(const JsonNode& node, const std::string& path, PipelineReading& reading, Pipeline& outer);

}  // namespace coffer
