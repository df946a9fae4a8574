#include "io_backends/uring/ring.hpp"

#include <cerrno>

#include <coffer/base/error.hpp>

namespace coffer {

namespace {

int open_ring(io_uring& ring, unsigned flags) noexcept {
  io_uring_params params{};
  params.flags = IORING_SETUP_CQSIZE | flags;
  params.cq_entries = 2 * Ring::most_in_flight;
  return io_uring_queue_init_params(Ring::submissions, &ring, &params);
}

}  // namespace

// SINGLE_ISSUER is left out on purpose: alone it saves nothing, and the thread that destroys an io_context could not
// cancel what is in flight.
Ring::Ring(bool one_thread) {
  int answer = open_ring(ring_, one_thread ? IORING_SETUP_COOP_TASKRUN : 0);
  if (answer == -EINVAL && one_thread) answer = open_ring(ring_, 0);  // Linux before 5.19
  if (answer < 0) throw Error::from_errno(-answer, "io_uring_setup");
}

Ring::~Ring() { io_uring_queue_exit(&ring_); }

void Ring::signal(int event) {
  const int answer = io_uring_register_eventfd(&ring_, event);
  if (answer < 0) throw Error::from_errno(-answer, "io_uring_register(eventfd)");
}

}  // namespace coffer
