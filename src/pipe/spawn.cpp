#include "pipe/spawn.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "async/reaper.hpp"

namespace coffer {
namespace {

constexpr int pipe_bytes = 1 << 20;
constexpr int longest_wait_ms = 10'000;

/// The attributes and file actions of one posix_spawn.
class SpawnSettings {
 public:
  SpawnSettings() {
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_init(&actions);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }

  posix_spawnattr_t attributes{};
  posix_spawn_file_actions_t actions{};
};

struct PipeEnds {
  Descriptor read;
  Descriptor write;
};

/// Above 2, also in a program that has closed its own 0, 1 or 2: else putting one in place would overwrite another.
std::optional<Error> above_standard(Descriptor& descriptor) {
  if (descriptor.number() > STDERR_FILENO) return std::nullopt;
  const int moved = ::fcntl(descriptor.number(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (moved < 0) return Error::from_errno(errno, "moving a descriptor");
  descriptor.reset(moved);
  return std::nullopt;
}

Result<PipeEnds> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error::from_errno(errno, "making a pipe");
  PipeEnds pipe;
  pipe.read.reset(ends[0]);
  pipe.write.reset(ends[1]);
  if (auto error = above_standard(pipe.read)) return *error;
  if (auto error = above_standard(pipe.write)) return *error;
  // Refused where a user's pipes already have their part of memory: then it stays at 64 KiB, or less.
  ::fcntl(pipe.write.number(), F_SETPIPE_SZ, pipe_bytes);
  return pipe;
}

void make_nonblocking(const Descriptor& descriptor) {
  ::fcntl(descriptor.number(), F_SETFL, ::fcntl(descriptor.number(), F_GETFL) | O_NONBLOCK);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (const std::string& text : texts) all.push_back(const_cast<char*>(text.c_str()));  // As exec wants it.
  all.push_back(nullptr);
  return all;
}

/// All signals as in a new program, whatever this one blocks or ignores.
void reset_signals(SpawnSettings& settings) {
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&settings.attributes, &none);
  ::posix_spawnattr_setsigdefault(&settings.attributes, &all);
}

/// Standard descriptors in place, all others closed.
int arrange_descriptors(SpawnSettings& settings, const PipeEnds& in, const PipeEnds& out, const PipeEnds& error) {
  posix_spawn_file_actions_t* actions = &settings.actions;
  int failed = in.read ? ::posix_spawn_file_actions_adddup2(actions, in.read.number(), STDIN_FILENO)
                       : ::posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (failed != 0) return failed;
  failed = out.write ? ::posix_spawn_file_actions_adddup2(actions, out.write.number(), STDOUT_FILENO)
                     : ::posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  if (failed != 0) return failed;
  failed = ::posix_spawn_file_actions_adddup2(actions, error.write.number(), STDERR_FILENO);
  if (failed != 0) return failed;
  return ::posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
}

Error cannot_start(const std::string& program, int code) {
  Error error = Error::from_errno(code, "starting '" + program + "'");
  if (code != ENOENT) return error;
  return Error(ErrorKind::not_found, "there is no program '" + program + "': install it, or name it with its folder")
      .because(std::move(error));
}

}  // namespace

std::string ExitStatus::text() const {
  if (signal == 0) return "exit status " + std::to_string(code);
  const char* name = ::sigdescr_np(signal);
  return "killed by signal " + std::to_string(signal) + (name == nullptr ? "" : " (" + std::string(name) + ")");
}

SpawnedChild::SpawnedChild(std::shared_ptr<Reaper> reaper, pid_t pid, Descriptor process) noexcept
    : reaper_(std::move(reaper)), pid_(pid), process_(std::move(process)) {}

SpawnedChild::SpawnedChild(SpawnedChild&& other) noexcept
    : standard_input(std::move(other.standard_input)),
      standard_output(std::move(other.standard_output)),
      standard_error(std::move(other.standard_error)),
      reaper_(std::move(other.reaper_)),
      pid_(std::exchange(other.pid_, 0)),
      process_(std::move(other.process_)) {}

SpawnedChild& SpawnedChild::operator=(SpawnedChild&& other) noexcept {
  if (this == &other) return *this;
  abandon();
  standard_input = std::move(other.standard_input);
  standard_output = std::move(other.standard_output);
  standard_error = std::move(other.standard_error);
  reaper_ = std::move(other.reaper_);
  pid_ = std::exchange(other.pid_, 0);
  process_ = std::move(other.process_);
  return *this;
}

SpawnedChild::~SpawnedChild() { abandon(); }

void SpawnedChild::signal_group(int signal) noexcept {
  if (pid_ > 0) ::kill(-pid_, signal);
}

bool SpawnedChild::has_ended() const noexcept {
  pollfd entry{process_.number(), POLLIN, 0};
  return pid_ == 0 || ::poll(&entry, 1, 0) == 1;
}

Result<ExitStatus> SpawnedChild::reap() {
  signal_group(SIGKILL);  // Before the program is reaped: until then its number is the group's.
  pid_ = 0;
  siginfo_t info{};
  int done = -1;
  do {
    done = ::waitid(P_PIDFD, static_cast<id_t>(process_.number()), &info, WEXITED);
  } while (done != 0 && errno == EINTR);
  const int code = errno;
  process_.reset();
  if (done != 0) {
    if (code != ECHILD) return Error::from_errno(code, "waiting for a command");
    return Error(ErrorKind::io,
                 "how the command ended is not known: this program ignores SIGCHLD or waits for all of its children");
  }
  ExitStatus status;
  if (info.si_code == CLD_EXITED)
    status.code = info.si_status;
  else
    status.signal = info.si_status;
  return status;
}

void SpawnedChild::abandon() noexcept {
  if (pid_ == 0) return;
  signal_group(SIGKILL);
  pid_ = 0;
  // A killed process may still be finishing a system call.
  reaper_->take([process = std::make_shared<Descriptor>(std::move(process_))] {
    pollfd entry{process->number(), POLLIN, 0};
    if (::poll(&entry, 1, longest_wait_ms) == 1) {
      siginfo_t info{};
      ::waitid(P_PIDFD, static_cast<id_t>(process->number()), &info, WEXITED | WNOHANG);
    }
  });
}

Result<SpawnedChild> spawn(const SpawnRequest& request, std::shared_ptr<Reaper> reaper) {
  PipeEnds in;
  PipeEnds out;
  Result<PipeEnds> error = make_pipe();
  if (!error) return error.error();
  if (request.feeds()) {
    Result<PipeEnds> made = make_pipe();
    if (!made) return made.error();
    in = std::move(*made);
  }
  if (request.drains()) {
    Result<PipeEnds> made = make_pipe();
    if (!made) return made.error();
    out = std::move(*made);
  }

  std::vector<std::string> command = request.command();
  // A program named with a folder is meant from here, not from where it runs.
  if (command[0].find('/') != std::string::npos) command[0] = std::filesystem::absolute(command[0]).string();

  SpawnSettings settings;
  reset_signals(settings);
  // A session is a group, too, and one without a terminal: a program that asks there is told that there is none. In the
  // background of ours it would be stopped until somebody wonders.
  ::posix_spawnattr_setflags(&settings.attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  int failed = arrange_descriptors(settings, in, out, *error);
  if (failed == 0 && !request.folder().empty()) {
    failed = ::posix_spawn_file_actions_addchdir_np(&settings.actions, request.folder().c_str());
  }
  if (failed != 0) return Error::from_errno(failed, "preparing a command");

  pid_t pid = 0;
  failed = ::posix_spawnp(&pid, command[0].c_str(), &settings.actions, &settings.attributes, pointers(command).data(),
                          pointers(request.environment()).data());
  if (failed != 0) return cannot_start(command[0], failed);

  // By its number: glibc 2.36 declares pidfd_open without C linkage.
  Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process) {
    const int code = errno;
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return Error::from_errno(code, "watching a command");
  }
  SpawnedChild child(std::move(reaper), pid, std::move(process));
  child.standard_input = std::move(in.write);
  child.standard_output = std::move(out.read);
  child.standard_error = std::move(error->read);
  for (const Descriptor* end : {&child.standard_input, &child.standard_output, &child.standard_error}) {
    if (*end) make_nonblocking(*end);
  }
  return child;
}

}  // namespace coffer
