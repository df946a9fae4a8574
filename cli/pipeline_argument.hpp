#pragma once

#include <optional>
#include <string>

#include <coffer/pipe/pipeline.hpp>
#include <coffer/pipe/pipeline_check.hpp>

#include "cli/console.hpp"

namespace coffer::cli {

/// The pipeline of a PIPELINE argument, a file. Nothing where it is no pipeline: that is said, with line and column.
/// Whether its names fit together is not looked at. Throws Error where the file cannot be read.
std::optional<Pipeline> read_pipeline(Console& console, const std::string& file);

/// Says each finding as "FILE:LINE:COLUMN: error: ...", warnings too; errors also as JSON lines where asked for.
/// Whether the pipeline may run.
bool report_findings(Console& console, const std::string& file, const PipelineCheck& check);

}  // namespace coffer::cli
