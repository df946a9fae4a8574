#pragma once

#include <functional>

#include <coffer/async/task.hpp>

namespace coffer {

class HelperThreads;

/// Runs `call` on one of `threads` and rethrows what it throws. Where it is cancelled before the call has started, the
/// call never runs; once it has started, its end is waited for. Either way Error{cancelled} is thrown then.
Task<> co_run_or_drop(HelperThreads& threads, std::function<void()> call);

}  // namespace coffer
