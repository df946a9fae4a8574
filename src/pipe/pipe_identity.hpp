#pragma once

#include <string>

#include <coffer/pipe/pipeline.hpp>

#include "pipe/journal_records.hpp"

namespace coffer {

/// The pipe as a pipeline file has it, C++ ones included: what it reads and writes, and its arguments.
std::string pipe_to_json(const PipeSpec& pipe);

/// What the pipe is here and now. Looks at the program's file: blocks.
PipeIdentity identify_pipe(const PipeSpec& pipe);

/// What differs, for people: "its program /usr/bin/x has changed"; empty where they are the same.
std::string difference(const PipeIdentity& then, const PipeIdentity& now);

}  // namespace coffer
