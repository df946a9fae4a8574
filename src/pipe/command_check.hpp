#pragma once

#include <coffer/pipe/pipeline.hpp>

#include "pipe/findings.hpp"

namespace coffer {

/// Whether a command can get what it reads and say what it writes.
void check_command(const PipeSpec& pipe, Findings& findings);

}  // namespace coffer
