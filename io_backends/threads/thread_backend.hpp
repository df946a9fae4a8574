#pragma once

#include <memory>

#include "io_backends/io_backend.hpp"

namespace coffer {

class Runtime;

/// Files through blocking calls on the Runtime's helper threads: where io_uring is forbidden, and beneath the uring
/// backend for what has no asynchronous form. The Runtime outlives it.
std::shared_ptr<IoBackend> make_thread_backend(Runtime& runtime);

}  // namespace coffer
