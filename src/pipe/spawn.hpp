#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <coffer/base/result.hpp>
#include <sys/types.h>

#include "base/descriptor.hpp"

namespace coffer {

class Reaper;

/// A program to start. Nothing of it passes through a shell.
class SpawnRequest {
 public:
  explicit SpawnRequest(std::vector<std::string> command) : command_(std::move(command)) {}
  /// "NAME=value"; default: empty.
  SpawnRequest&& environment(std::vector<std::string> entries) && {
    environment_ = std::move(entries);
    return std::move(*this);
  }
  /// Where it runs; default: here.
  SpawnRequest&& folder(std::filesystem::path folder) && {
    folder_ = std::move(folder);
    return std::move(*this);
  }
  /// Whether its stdin and stdout are pipes to us; default: /dev/null.
  SpawnRequest&& feeds(bool on) && {
    feeds_ = on;
    return std::move(*this);
  }
  SpawnRequest&& drains(bool on) && {
    drains_ = on;
    return std::move(*this);
  }

  const std::vector<std::string>& command() const noexcept { return command_; }
  const std::vector<std::string>& environment() const noexcept { return environment_; }
  const std::filesystem::path& folder() const noexcept { return folder_; }
  bool feeds() const noexcept { return feeds_; }
  bool drains() const noexcept { return drains_; }

 private:
  std::vector<std::string> command_;
  std::vector<std::string> environment_;
  std::filesystem::path folder_;
  bool feeds_ = false;
  bool drains_ = false;
};

/// How a program ended.
struct ExitStatus {
  /// The number of the signal that killed it; 0 where it exited.
  int signal = 0;
  int code = 0;
  bool success() const noexcept { return signal == 0 && code == 0; }
  /// "exit status 3", "killed by signal 9 (Killed)".
  std::string text() const;
};

/// A program that was started, in a session and process group of its own, and our ends of its pipes, which do not
/// block. Dropping it kills the group and leaves the rest to the reaper, without waiting.
class SpawnedChild {
 public:
  SpawnedChild() = default;
  SpawnedChild(std::shared_ptr<Reaper> reaper, pid_t pid, Descriptor process) noexcept;
  SpawnedChild(SpawnedChild&& other) noexcept;
  SpawnedChild& operator=(SpawnedChild&& other) noexcept;
  ~SpawnedChild();

  pid_t pid() const noexcept { return pid_; }
  /// Readable when the program has ended.
  int process() const noexcept { return process_.number(); }
  /// Sends it to the whole group. Nothing happens once it is reaped: until then the number cannot be another's.
  void signal_group(int signal) noexcept;
  /// Whether it has ended.
  bool has_ended() const noexcept;
  /// Kills what is left of the group, reaps the program and says how it ended. It has ended. Once.
  Result<ExitStatus> reap();

  Descriptor standard_input;
  Descriptor standard_output;
  Descriptor standard_error;

 private:
  void abandon() noexcept;
  std::shared_ptr<Reaper> reaper_;
  pid_t pid_ = 0;  // 0 once it is reaped.
  Descriptor process_;
};

/// Starts it. Blocks until the program is running, some milliseconds: not for a loop that others share.
/// Error{not_found} where there is no such program.
Result<SpawnedChild> spawn(const SpawnRequest& request, std::shared_ptr<Reaper> reaper);

}  // namespace coffer
