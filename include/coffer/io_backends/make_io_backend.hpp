#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <coffer/async/runtime.hpp>

namespace coffer {

class IoBackend;

/// What the kernel answered when io_uring was probed.
struct UringProbe {
  bool available = false;
  bool built_in = false;  ///< False where the library was built without io_uring.
  std::string why_not;    ///< "io_uring_setup: Operation not permitted"; empty where available.
  std::string cure;       ///< What to do about it; empty where nothing can be.
};

/// Tries to make a ring, uses it once and closes it.
UringProbe probe_uring();

/// Files through io_uring where the kernel allows it, else through threads; says once, to the Runtime's observer, that
/// it fell back, why, and the cure (a build without io_uring has none, and says nothing). `forced` is "", "uring" or
/// "threads": Error{unsupported} where uring is forced and forbidden, Error{invalid_argument} for another word. The
/// Runtime outlives it.
std::shared_ptr<IoBackend> make_io_backend(Runtime& runtime, std::string_view forced = "");

/// "uring" or "threads".
std::string_view io_backend_name(const IoBackend& backend) noexcept;

}  // namespace coffer
