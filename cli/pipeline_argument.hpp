#pragma once

#include <string>

#include <coffer/pipe/pipeline.hpp>
#include <coffer/pipe/pipeline_check.hpp>

#include "cli/console.hpp"

namespace coffer::cli {

/// The pipeline of a PIPELINE argument, a file. Throws Error with line and column; whether its names fit together is
/// not looked at.
Pipeline read_pipeline(const std::string& file);

/// Says each finding as "FILE:LINE:COLUMN: error: ...", warnings too. Whether the pipeline may run.
bool report_findings(Console& console, const std::string& file, const PipelineCheck& check);

}  // namespace coffer::cli
