#include "io_backends/uring/ring.hpp"

#include <array>
#include <cerrno>

#include <coffer/base/error.hpp>

namespace coffer {

namespace {

class RingSize {
 public:
  unsigned submissions;
  unsigned most_in_flight;
};

/// From 28 KiB to 8 KiB. Kernels charge a ring, as registered buffers, to the locked memory of all processes of a user,
/// of which containers and old systems allow 64 KiB.
constexpr std::array sizes{RingSize{128, 512}, RingSize{32, 128}, RingSize{8, 32}};

int open_ring(io_uring& ring, RingSize size, unsigned flags) noexcept {
  io_uring_params params{};
  params.flags = IORING_SETUP_CQSIZE | flags;
  params.cq_entries = 2 * size.most_in_flight;
  return io_uring_queue_init_params(size.submissions, &ring, &params);
}

}  // namespace

// SINGLE_ISSUER is left out on purpose: alone it saves nothing, and the thread that destroys an io_context could not
// cancel what is in flight.
Ring::Ring(bool one_thread) {
  unsigned flags = one_thread ? IORING_SETUP_COOP_TASKRUN : 0;
  int answer = -ENOMEM;
  for (const RingSize size : sizes) {
    answer = open_ring(ring_, size, flags);
    if (answer == -EINVAL && flags != 0) answer = open_ring(ring_, size, flags = 0);  // Linux before 5.19
    if (answer != -ENOMEM) break;
  }
  if (answer < 0) throw Error::from_errno(-answer, "io_uring_setup");
}

Ring::~Ring() { io_uring_queue_exit(&ring_); }

void Ring::signal(int event) {
  const int answer = io_uring_register_eventfd(&ring_, event);
  if (answer < 0) throw Error::from_errno(-answer, "io_uring_register(eventfd)");
}

}  // namespace coffer
