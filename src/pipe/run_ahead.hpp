#pragma once

#include <memory>

#include "pipe/run_context.hpp"

namespace coffer {

/// Whether there can ever be something to read ahead.
bool can_read_ahead(const RunPlan& plan);
/// Reads ahead what pipes that wait will read, one object after the other, until it is cancelled. What fails is left to
/// who reads it.
Task<> co_read_ahead(std::shared_ptr<RunContext> run);

}  // namespace coffer
