#pragma once

#include <cstddef>
#include <memory>

#include <coffer/async/task.hpp>

#include "pipe/run_context.hpp"

namespace coffer {

/// Looks at what the pipe's conditions are about: the pipe may start then, or is skipped. An error ends the run.
Task<> co_decide_pipe(std::shared_ptr<RunContext> run, std::size_t pipe);
/// Skips a pipe that lacks what is absent.
Task<> co_skip_pipe(std::shared_ptr<RunContext> run, RunSteps::Skip skip);

}  // namespace coffer
