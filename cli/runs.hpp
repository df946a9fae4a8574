#pragma once

#include <string>

#include <coffer/base/error.hpp>

#include "cli/program.hpp"

namespace coffer::cli {

// The verbs of `runs` that change something.
void add_runs_resume(Program& program, CLI::App& group);
void add_runs_dispose(Program& program, CLI::App& group);

/// What is said where there is none.
Error no_run(const std::string& id);

}  // namespace coffer::cli
