#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <vector>

#include <coffer/async/runtime.hpp>
#include <coffer/async/task.hpp>

namespace coffer {

/// The work folder of a command whose run was killed: nobody will use it.
struct AbandonedFolder {
  std::filesystem::path path;
  std::uint64_t bytes = 0;
  std::chrono::system_clock::time_point modified;
};

/// Finds the work folders that killed runs of this user left below `parent` (the system's folder for temporary files
/// where it is empty), and unless `dry_run` removes them. Only those count that Coffer made, whose process is dead,
/// which no command works in any more, and that are older than `older_than`. One that cannot be removed is not among
/// them. Error where `parent` cannot be read.
Task<std::vector<AbandonedFolder>> co_collect_work_folders(Runtime& runtime, std::filesystem::path parent,
                                                           std::chrono::seconds older_than, bool dry_run);

}  // namespace coffer
