// Stands in for uring/ in a build with COFFER_WITH_URING=OFF.
#include <coffer/base/error.hpp>
#include <coffer/io_backends/make_io_backend.hpp>

#include "io_backends/uring/uring_backend.hpp"

namespace coffer {

UringProbe probe_uring() {
  UringProbe probe;
  probe.why_not = "this build has no io_uring";
  probe.cure = "build with COFFER_WITH_URING=ON";
  return probe;
}

std::shared_ptr<IoBackend> make_uring_backend(Runtime& /*runtime*/, std::shared_ptr<IoBackend> /*threads*/) {
  throw Error(ErrorKind::unsupported, "this build has no io_uring; build with COFFER_WITH_URING=ON");
}

}  // namespace coffer
