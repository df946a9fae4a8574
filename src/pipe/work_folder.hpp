#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <coffer/async/runtime.hpp>
#include <coffer/async/task.hpp>

#include "base/descriptor.hpp"

namespace coffer {

class Reaper;

/// How the names of all work folders begin.
inline constexpr std::string_view work_folder_prefix = "coffer-";
/// The file in each that its process holds locked (flock) as long as it lives.
inline constexpr std::string_view work_folder_owner = "owner";

/// The system's folder for temporary files. Error{io} where TMPDIR names none.
std::filesystem::path temporary_folder();

/// The folders of one command: where it runs, where what it reads by path is put, where it leaves what it writes to a
/// path. For this user alone. Dropping it removes them behind it.
class WorkFolder {
 public:
  /// Below `parent`, which is made where it is not there; temporary_folder() where it is empty.
  static Task<std::unique_ptr<WorkFolder>> co_make(Runtime& runtime, std::filesystem::path parent, std::string name);
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder();

  std::filesystem::path run() const { return path_ / "run"; }
  std::filesystem::path in() const { return path_ / "in"; }
  std::filesystem::path out() const { return path_ / "out"; }
  /// For what is taken out of the command's reach. Not made.
  std::filesystem::path taken() const { return path_ / "taken"; }
  /// Removes it now. Returns why it could not; empty where it could. Deaf to cancellation. Once.
  Task<std::string> co_remove(Runtime& runtime);

 private:
  WorkFolder(std::shared_ptr<Reaper> reaper, std::filesystem::path path);
  const std::shared_ptr<Reaper> reaper_;
  std::filesystem::path path_;  // Empty once it is removed.
  Descriptor owner_;            // The lock.
};

}  // namespace coffer
