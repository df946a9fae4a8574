#pragma once

#include <vector>

#include <coffer/pipe/pipeline_check.hpp>

namespace coffer {

/// What streams, what waits and why, of a pipeline without errors.
std::vector<PipeFlow> pipeline_flow(const Pipeline& pipeline);

}  // namespace coffer
