#pragma once

#include <memory>

#include "io_backends/io_backend.hpp"

namespace coffer {

class Runtime;

/// Files through io_uring. Only where probe_uring() says that it is available; Error{unsupported} in a build without
/// it. `threads` does what a ring cannot. The Runtime outlives it.
std::shared_ptr<IoBackend> make_uring_backend(Runtime& runtime, std::shared_ptr<IoBackend> threads);

}  // namespace coffer
