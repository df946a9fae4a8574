#include <string>

#include <coffer/base/error.hpp>
#include <coffer/io_backends/make_io_backend.hpp>

#include "io_backends/io_backend.hpp"
#include "io_backends/threads/thread_backend.hpp"
#include "io_backends/uring/uring_backend.hpp"

namespace coffer {

namespace {

std::string reason(const UringProbe& probe) {
  std::string text = probe.why_not;
  if (!probe.cure.empty()) text += "; " + probe.cure;
  return text;
}

}  // namespace

std::shared_ptr<IoBackend> make_io_backend(Runtime& runtime, std::string_view forced) {
  if (forced == "threads") return make_thread_backend(runtime);
  if (!forced.empty() && forced != "uring") {
    throw Error(ErrorKind::invalid_argument,
                "no I/O backend is called '" + std::string(forced) + "'; there are 'uring' and 'threads'");
  }
  const UringProbe probe = probe_uring();
  if (probe.available) return make_uring_backend(runtime, make_thread_backend(runtime));
  if (forced == "uring") {
    throw Error(ErrorKind::unsupported, "the I/O backend uring was asked for and does not work: " + reason(probe));
  }
  // A build without it has lost nothing that the machine could give back.
  if (probe.built_in) runtime.observer().warn("io_uring does not work, files go through threads: " + reason(probe));
  return make_thread_backend(runtime);
}

std::string_view io_backend_name(const IoBackend& backend) noexcept { return backend.name(); }

}  // namespace coffer
