#include "cli/reader_watch.hpp"

#include <array>
#include <cerrno>
#include <cstdint>

#include <coffer/base/error.hpp>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "cli/interrupts.hpp"

namespace coffer::cli {
namespace {

/// Until the reader is gone, or `stop` can be read.
void watch(int stop) {
  // Without events: an error is told all the same.
  std::array<pollfd, 2> waits = {pollfd{STDOUT_FILENO, 0, 0}, pollfd{stop, POLLIN, 0}};
  for (;;) {
    if (::poll(waits.data(), waits.size(), -1) < 0) continue;
    if (waits[1].revents != 0) return;
    if ((waits[0].revents & POLLERR) != 0) end_by_broken_pipe();
    // A terminal that has hung up, say: that is told by other means.
    if (waits[0].revents != 0) return;
  }
}

}  // namespace

ReaderWatch::ReaderWatch() : stop_(::eventfd(0, EFD_CLOEXEC)) {
  if (stop_ < 0) throw Error::from_errno(errno, "eventfd");
  thread_ = std::thread([stop = stop_] { watch(stop); });
}

ReaderWatch::~ReaderWatch() {
  const std::uint64_t one = 1;
  (void)!::write(stop_, &one, sizeof one);
  thread_.join();
  ::close(stop_);
}

}  // namespace coffer::cli
