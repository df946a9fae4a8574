#pragma once

#include <coffer/pipe/pipe_routines.hpp>

namespace coffer {

/// The program `coffer` with C++ pipes that pipeline files can name: all of a `main`. Its verbs, options and exit codes
/// are those of docs/cli.md; `run`, `check` and `runs resume` know the routines. Called once, before the process has
/// other threads, for signals are its own from then on. Returns the exit code.
///
///     int main(int argc, char** argv) {
///       coffer::PipeRoutines routines;
///       routines.add(typed_pipe("report", co_report, {"texts"}, {"report"}));
///       return coffer::coffer_main(argc, argv, std::move(routines));
///     }
int coffer_main(int argc, char** argv, PipeRoutines routines);

}  // namespace coffer
