#pragma once

#include <cerrno>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <string>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace coffer::test {

/// What a body that ran in a child process came to.
enum class ChildResult { passed, failed, not_permitted };

/// Runs `body` in a child process, where it may change what belongs to a process: users, limits, mounts. Its failures
/// are printed there. It returns false where the system does not permit what it needs. Call it before the test has
/// threads.
inline ChildResult run_in_child(const std::function<bool()>& body) {
  constexpr int not_permitted = 77;
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return ChildResult::failed;
  if (child == 0) {
    bool permitted = true;
    try {
      permitted = body();
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();  // Not further: the test's own code above belongs to the parent.
    }
    std::fflush(nullptr);
    ::_exit(!permitted ? not_permitted : ::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == not_permitted) return ChildResult::not_permitted;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ChildResult::passed : ChildResult::failed;
}

/// In a child: mounts of its own, gone with it. As a plain user by way of a user namespace. False where that is
/// forbidden.
inline bool enter_own_mounts() {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (user == 0) {
    if (::unshare(CLONE_NEWNS) != 0) return false;
  } else {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 " << user << " 1";
    std::ofstream("/proc/self/gid_map") << "0 " << group << " 1";
  }
  return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

inline bool mount_small_memory(const std::string& folder, const char* size) {
  const std::string options = "size=" + std::string(size);
  return ::mount("coffer-test", folder.c_str(), "tmpfs", 0, options.c_str()) == 0;
}

}  // namespace coffer::test
