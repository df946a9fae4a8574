#include "stream/descriptor_thread.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <thread>
#include <utility>

#include <coffer/async/runtime.hpp>
#include <coffer/base/error.hpp>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace coffer {
namespace {

constexpr int wide_pipe = 1 << 20;

}  // namespace

BlockingDescriptor::BlockingDescriptor(DescriptorConfig config)
    : name_(config.name()),
      descriptor_(config.owned() ? config.descriptor() : ::fcntl(config.descriptor(), F_DUPFD_CLOEXEC, 0)),
      event_(-1) {
  if (descriptor_ < 0) throw Error::from_errno(errno, "dup").about(name_);
  event_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (event_ < 0) {
    const int code = errno;
    ::close(descriptor_);
    throw Error::from_errno(code, "eventfd").about(name_);
  }
  // Fails for what is no pipe, and where the user's pipes are already wide: both are as good.
  (void)::fcntl(descriptor_, F_SETPIPE_SZ, wide_pipe);
}

BlockingDescriptor::~BlockingDescriptor() {
  ::close(event_);
  ::close(descriptor_);
}

void BlockingDescriptor::wake() noexcept {
  const std::uint64_t one = 1;
  (void)!::write(event_, &one, sizeof one);
}

BlockingDescriptor::Ready BlockingDescriptor::wait_readable() {
  std::array<pollfd, 2> waits = {pollfd{number(), POLLIN, 0}, pollfd{event_, POLLIN, 0}};
  while (::poll(waits.data(), waits.size(), -1) < 0) {
    if (errno != EINTR) throw Error::from_errno(errno, "poll").about(name());
  }
  if (waits[1].revents != 0) {
    std::uint64_t count = 0;
    (void)!::read(event_, &count, sizeof count);
    return Ready::woken;
  }
  return Ready::yes;
}

bool BlockingDescriptor::readable_now() const {
  pollfd wait = {number(), POLLIN, 0};
  return ::poll(&wait, 1, 0) > 0;
}

void BlockingDescriptor::wait_writable() const {
  pollfd wait = {number(), POLLOUT, 0};
  while (::poll(&wait, 1, -1) < 0) {
    if (errno != EINTR) throw Error::from_errno(errno, "poll").about(name());
  }
}

std::size_t descriptor_chunk(Runtime& runtime) {
  return std::clamp(runtime.pool().use().budget / 8, smallest_buffer, std::size_t{wide_pipe});
}

void start_detached_thread(std::function<void()> body) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread(std::move(body)).detach();
  } catch (...) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace coffer
