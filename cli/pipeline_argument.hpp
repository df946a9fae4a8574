#pragma once

#include <optional>
#include <string>
#include <vector>

#include <coffer/pipe/pipe_routines.hpp>
#include <coffer/pipe/pipeline.hpp>
#include <coffer/pipe/pipeline_check.hpp>

#include "cli/console.hpp"

namespace coffer::cli {

/// What a PIPELINE argument, a file, holds.
struct PipelineArgument {
  std::optional<Pipeline> pipeline;  ///< Nothing where the text is none: then the finding says why.
  PipelineCheck check;
  std::vector<Finding> missing_programs;  ///< Of a pipeline that may run.
  std::vector<std::string> files;         ///< Those that were read, by their paths.
};

/// With this program's C++ pipes. Throws Error where the file cannot be read.
PipelineArgument read_pipeline(const std::string& file, const PipeRoutines& routines);

/// The first error among the findings; there is one.
Error first_error(const std::string& file, const PipelineCheck& check);

/// Says each finding on standard error as "FILE:LINE:COLUMN: error: ..."; warnings not with -q. No JSON: that is
/// first_error()'s.
void report_findings(Console& console, const std::string& file, const std::vector<Finding>& findings);

}  // namespace coffer::cli
