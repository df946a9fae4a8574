#include "cli/interrupts.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include <coffer/base/error.hpp>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/exit_code.hpp"

namespace coffer::cli {
namespace {

bool is_ignored(int signal) {
  struct sigaction action = {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

int checked(int descriptor, const char* call) {
  if (descriptor < 0) throw Error::from_errno(errno, call);
  return descriptor;
}

void raise_event(int event) {
  const std::uint64_t one = 1;
  (void)!::write(event, &one, sizeof one);
}

/// The processes that this one has started and not yet reaped; none where the kernel does not say.
std::set<pid_t> children() {
  std::set<pid_t> all;
  std::error_code gone;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", gone)) {
    std::ifstream list(thread.path() / "children");
    for (pid_t pid = 0; list >> pid;) all.insert(pid);
  }
  return all;
}

}  // namespace

struct Interrupts::State {
  bool interrupt_ignored = false;
  /// Those of the program whose place this one took: `exec coffer` in a shell.
  std::set<pid_t> inherited = children();
  std::chrono::steady_clock::time_point first_came;
  int signals = -1;
  int stop = -1;
  int arrived = -1;
  std::atomic<int> first = 0;
  std::mutex mutex;
  std::function<void()> cancel;
  std::thread thread;

  void run();
  void receive();
  [[noreturn]] void end_at_once(int number) const;
};

/// Commands are in groups of their own, which the terminal's signals do not reach: they would go on alone.
void Interrupts::State::end_at_once(int number) const {
  try {
    for (const pid_t pid : children()) {
      if (!inherited.contains(pid)) ::kill(-pid, SIGKILL);
    }
  } catch (const std::exception&) {
    // Without memory for the list they are left to themselves.
  }
  ::_exit(exit_signal_base + number);
}

void Interrupts::State::receive() {
  signalfd_siginfo info = {};
  if (::read(signals, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return;
  const int number = static_cast<int>(info.ssi_signo);
  if (number == SIGINT && interrupt_ignored && info.ssi_code == SI_KERNEL) return;
  const auto now = std::chrono::steady_clock::now();
  if (first.load() != 0) {
    if (is_impatient(now - first_came)) end_at_once(number);
    return;
  }
  first_came = now;
  first = number;
  raise_event(arrived);
  const std::lock_guard lock(mutex);
  if (cancel) std::exchange(cancel, nullptr)();
}

void Interrupts::State::run() {
  std::array<pollfd, 2> waits = {pollfd{signals, POLLIN, 0}, pollfd{stop, POLLIN, 0}};
  for (;;) {
    if (::poll(waits.data(), waits.size(), -1) < 0) continue;
    if (waits[1].revents != 0) return;
    if (waits[0].revents != 0) receive();
  }
}

Interrupts::Interrupts() : state_(std::make_unique<State>()) {
  sigset_t asked;
  ::sigemptyset(&asked);
  ::sigaddset(&asked, SIGINT);
  ::sigaddset(&asked, SIGTERM);
  if (!is_ignored(SIGHUP)) ::sigaddset(&asked, SIGHUP);
  state_->interrupt_ignored = is_ignored(SIGINT);
  sigset_t held = asked;
  ::sigaddset(&held, SIGPIPE);
  ::sigaddset(&held, SIGXFSZ);
  ::pthread_sigmask(SIG_BLOCK, &held, nullptr);
  state_->signals = checked(::signalfd(-1, &asked, SFD_CLOEXEC), "signalfd");
  state_->stop = checked(::eventfd(0, EFD_CLOEXEC), "eventfd");
  state_->arrived = checked(::eventfd(0, EFD_CLOEXEC), "eventfd");
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

Interrupts::~Interrupts() {
  raise_event(state_->stop);
  state_->thread.join();
  ::close(state_->arrived);
  ::close(state_->stop);
  ::close(state_->signals);
}

int Interrupts::signal() const noexcept { return state_->first.load(); }

int Interrupts::descriptor() const noexcept { return state_->arrived; }

Interrupts::Watch::Watch(Interrupts& interrupts, std::function<void()> cancel) : interrupts_(interrupts) {
  const std::lock_guard lock(interrupts_.state_->mutex);
  if (interrupts_.signal() != 0) {
    cancel();
  } else {
    interrupts_.state_->cancel = std::move(cancel);
  }
}

Interrupts::Watch::~Watch() {
  const std::lock_guard lock(interrupts_.state_->mutex);
  interrupts_.state_->cancel = nullptr;
}

void end_by_broken_pipe() {
  struct sigaction usual = {};
  usual.sa_handler = SIG_DFL;
  ::sigaction(SIGPIPE, &usual, nullptr);
  sigset_t pipe;
  ::sigemptyset(&pipe);
  ::sigaddset(&pipe, SIGPIPE);
  ::raise(SIGPIPE);
  ::pthread_sigmask(SIG_UNBLOCK, &pipe, nullptr);
  ::_exit(exit_signal_base + SIGPIPE);
}

}  // namespace coffer::cli
