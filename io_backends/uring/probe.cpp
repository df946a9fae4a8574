#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include <coffer/io_backends/make_io_backend.hpp>
#include <liburing.h>

namespace coffer {

namespace {

constexpr std::array needed{IORING_OP_NOP,   IORING_OP_READ,        IORING_OP_WRITE,       IORING_OP_READ_FIXED,
                            IORING_OP_FSYNC, IORING_OP_WRITE_FIXED, IORING_OP_ASYNC_CANCEL};

/// kernel.io_uring_disabled: 0 for everybody, 1 for a group, 2 for nobody; 0 where the kernel has no such setting.
int disabled_by_sysctl() {
  std::ifstream setting("/proc/sys/kernel/io_uring_disabled");
  int value = 0;
  setting >> value;
  return setting ? value : 0;
}

std::string cure_for(int error) {
  switch (error) {
    case EPERM:
    case EACCES: {
      const int disabled = disabled_by_sysctl();
      if (disabled == 2) return "allow it with: sysctl kernel.io_uring_disabled=0";
      if (disabled == 1) {
        return "allow it with: sysctl kernel.io_uring_disabled=0, or join the group named by kernel.io_uring_group";
      }
      return "a sandbox forbids it: in a container, allow io_uring_setup, io_uring_enter and io_uring_register in the "
             "seccomp profile (docker run --security-opt seccomp=unconfined allows everything)";
    }
    case ENOSYS:
    case EINVAL:
      return "it needs Linux 5.6 or newer, built with CONFIG_IO_URING";
    case ENOMEM:
      return "raise the limit of locked memory: ulimit -l unlimited";
    case EMFILE:
      return "raise the limit of open files: ulimit -n 4096";
    default:
      return "";
  }
}

UringProbe refused(const char* step, int error) {
  UringProbe probe;
  probe.built_in = true;
  probe.why_not = std::string(step) + ": " + std::strerror(error);
  probe.cure = cure_for(error);
  return probe;
}

bool knows_operations(io_uring& ring) {
  io_uring_probe* const known = io_uring_get_probe_ring(&ring);
  if (known == nullptr) return false;
  bool all = true;
  for (const auto operation : needed) all = all && io_uring_opcode_supported(known, operation) != 0;
  io_uring_free_probe(known);
  return all;
}

/// 0, or the errno of the first thing that does not work.
int use_once(io_uring& ring) {
  io_uring_sqe* const sqe = io_uring_get_sqe(&ring);
  io_uring_prep_nop(sqe);
  io_uring_sqe_set_data(sqe, nullptr);
  const int submitted = io_uring_submit_and_wait(&ring, 1);
  if (submitted < 0) return -submitted;
  io_uring_cqe* end = nullptr;
  const int waited = io_uring_wait_cqe(&ring, &end);
  if (waited < 0) return -waited;
  const int result = end->res;
  io_uring_cqe_seen(&ring, end);
  return result < 0 ? -result : 0;
}

}  // namespace

UringProbe probe_uring() {
  io_uring ring{};
  const int opened = io_uring_queue_init(4, &ring, 0);
  if (opened < 0) return refused("io_uring_setup", -opened);
  UringProbe probe;
  if (!knows_operations(ring)) {
    probe = refused("io_uring_register", EINVAL);
  } else if (const int error = use_once(ring); error != 0) {
    probe = refused("io_uring_enter", error);
  } else {
    probe.built_in = true;
    probe.available = true;
  }
  io_uring_queue_exit(&ring);
  return probe;
}

}  // namespace coffer
