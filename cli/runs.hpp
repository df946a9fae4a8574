#pragma once

#include "cli/program.hpp"

namespace coffer::cli {

// The verbs of `runs` that change something.
void add_runs_resume(Program& program, CLI::App& group);
void add_runs_dispose(Program& program, CLI::App& group);

}  // namespace coffer::cli
