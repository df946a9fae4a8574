#pragma once

#include <map>
#include <string>
#include <vector>

#include <coffer/async/task.hpp>
#include <coffer/pipe/executor.hpp>

#include "cli/job_arguments.hpp"
#include "cli/session.hpp"

namespace coffer::cli {

/// Files and folders of outputs, by the output's name; not standard output.
using Places = std::map<std::string, std::string>;

/// Copies the outputs that are wanted as files out of the store, and tells where they are. Throws Error; what the
/// others are stored as has been said then.
Task<> co_write_files(Session& session, const RunResult& result, const std::vector<JobOutput>& outputs, Places& places);

/// Prints how the run went and where its outputs are.
void show_result(Console& console, const PipelineJob& job, const RunResult& result, const Places& places,
                 const std::vector<JobOutput>& outputs);

}  // namespace coffer::cli
