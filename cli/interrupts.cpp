#include "cli/interrupts.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
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

/// The parent of a process; 0 where there is none of this number any more.
pid_t parent_of(const std::string& process) {
  std::ifstream file("/proc/" + process + "/stat");
  std::string facts;
  std::getline(file, facts, '\0');
  // The program's name, in parentheses, may be anything: what counts stands behind it.
  std::istringstream rest(facts.substr(std::min(facts.size(), facts.rfind(')') + 1)));
  std::string state;
  pid_t parent = 0;
  rest >> state >> parent;
  return parent;
}

/// Every child leads a group of its own, a pipe's command with what that has started. What has not been reaped keeps
/// its number. Once more after each that was found: a command may be starting just now.
void kill_commands() {
  std::set<pid_t> killed;
  for (bool found = true; found;) {
    found = false;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string name = entry.path().filename().native();
      if (name.find_first_not_of("0123456789") != std::string::npos || parent_of(name) != ::getpid()) continue;
      const auto child = static_cast<pid_t>(std::stol(name));
      if (!killed.insert(child).second) continue;
      ::kill(-child, SIGKILL);
      found = true;
    }
  }
}

/// Not even commands that are deaf to other signals stay.
[[noreturn]] void end_at_once(int signal) {
  try {
    kill_commands();
  } catch (const std::exception&) {
    // Without memory or descriptors they cannot be looked for.
  }
  ::_exit(exit_signal_base + signal);
}

}  // namespace

struct Interrupts::State {
  bool interrupt_ignored = false;
  int signals = -1;
  int stop = -1;
  int arrived = -1;
  std::atomic<int> first = 0;
  std::mutex mutex;
  std::function<void()> cancel;
  std::thread thread;

  void run();
  void receive();
};

void Interrupts::State::receive() {
  signalfd_siginfo info = {};
  if (::read(signals, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return;
  const int number = static_cast<int>(info.ssi_signo);
  if (number == SIGINT && interrupt_ignored && info.ssi_code == SI_KERNEL) return;
  if (first.load() != 0) end_at_once(number);
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
