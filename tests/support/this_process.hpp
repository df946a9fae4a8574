#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

namespace coffer::test {

/// The names of this process's children, dead ones that nobody waited for included. Without ThreadSanitizer's own,
/// which looks functions up by another program.
inline std::vector<std::string> children() {
  std::vector<std::string> names;
  const std::string parent = std::to_string(::getpid());
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string process = entry.path().filename().string();
    if (process.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::size_t open = text.find('(');
    const std::size_t close = text.rfind(')');
    if (open == std::string::npos || close == std::string::npos) continue;
    std::istringstream rest(text.substr(close + 1));
    std::string state;
    std::string its_parent;
    rest >> state >> its_parent;
    const std::string name = text.substr(open + 1, close - open - 1);
    if (its_parent == parent && name != "addr2line") names.push_back(name + " (" + state + ")");
  }
  return names;
}

/// A process of others that was killed may stay a zombie until its new parent reaps it.
inline bool is_alive(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string number;
  std::string name;
  std::string state;
  return stat >> number >> name >> state && state != "Z";
}

inline std::size_t open_descriptors() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) count += entry.is_symlink() ? 1 : 0;
  return count;
}

}  // namespace coffer::test
