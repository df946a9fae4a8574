#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include <unistd.h>

namespace coffer::test {

struct ChildOfThis {
  std::string id;
  std::string name;
  std::string state;

  /// ThreadSanitizer starts one for each library at its first report, suppressed ones included, to look functions up.
  bool is_symbolizer() const { return name == "addr2line"; }
};

/// Dead ones that nobody waited for, too.
inline std::vector<ChildOfThis> all_children() {
  std::vector<ChildOfThis> found;
  const std::string parent = std::to_string(::getpid());
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string process = entry.path().filename().string();
    if (process.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    // Of a process that dies meanwhile there is nothing; an iterator would throw.
    std::string text;
    std::getline(file, text, '\0');
    const std::size_t open = text.find('(');
    const std::size_t close = text.rfind(')');
    if (open == std::string::npos || close == std::string::npos) continue;
    std::istringstream rest(text.substr(close + 1));
    std::string state;
    std::string its_parent;
    rest >> state >> its_parent;
    if (its_parent == parent) found.push_back({process, text.substr(open + 1, close - open - 1), state});
  }
  return found;
}

/// The names of this process's children, without ThreadSanitizer's own.
inline std::vector<std::string> children() {
  std::vector<std::string> names;
  for (const ChildOfThis& child : all_children())
    if (!child.is_symbolizer()) names.push_back(child.name + " (" + child.state + ")");
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

/// How many descriptors this process has, without the pipes to ThreadSanitizer's own children.
inline std::size_t open_descriptors() {
  namespace fs = std::filesystem;
  std::error_code gone;
  std::set<fs::path> symbolizers;
  for (const ChildOfThis& child : all_children())
    for (const char* standard : {"0", "1"})
      if (child.is_symbolizer()) symbolizers.insert(fs::read_symlink("/proc/" + child.id + "/fd/" + standard, gone));
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd"))
    count += symbolizers.count(fs::read_symlink(entry.path(), gone)) == 0 ? 1 : 0;
  return count;
}

}  // namespace coffer::test
