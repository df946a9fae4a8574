#include "pipe/work_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <coffer/base/error.hpp>
#include <fcntl.h>
#include <sys/file.h>

#include "async/helper_threads.hpp"
#include "async/reaper.hpp"

namespace coffer {

namespace fs = std::filesystem;

namespace {

fs::path make_folders(fs::path parent, const std::string& name) {
  if (parent.empty()) parent = temporary_folder();
  std::error_code code;
  fs::create_directories(parent, code);
  if (code) throw Error::from_code(code, "making the work folder " + parent.string());
  std::string text = (fs::absolute(parent) / (std::string(work_folder_prefix) + name + "-XXXXXX")).string();
  if (::mkdtemp(text.data()) == nullptr) throw Error::from_errno(errno, "making a folder in " + parent.string());
  const fs::path path = text;
  for (const char* part : {"run", "in", "out"}) {
    if (!fs::create_directory(path / part, code)) {
      fs::remove_all(path, code);
      throw Error(ErrorKind::io, "a folder could not be made in the work folder " + parent.string());
    }
  }
  return path;
}

/// Locked before it has its name: whoever finds it unlocked knows that its process is dead. Nothing where this file
/// system has no locks; then nobody may ever take the folder for abandoned.
Descriptor make_owner(const fs::path& folder) {
  const fs::path made = folder / "owner.new";
  Descriptor owner(::open(made.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
  if (!owner) throw Error::from_errno(errno, "making a file in " + folder.string());
  std::error_code code;
  if (::flock(owner.number(), LOCK_EX | LOCK_NB) == 0) {
    fs::rename(made, folder / work_folder_owner, code);
    if (!code) return owner;
  }
  fs::remove(made, code);
  return {};
}

}  // namespace

fs::path temporary_folder() {
  std::error_code code;
  fs::path folder = fs::temp_directory_path(code);
  if (!code) return folder;
  const char* const named = std::getenv("TMPDIR");
  throw Error(ErrorKind::io,
              "there is no folder for temporary files, in which commands work: make it, or name another one in TMPDIR")
      .about(named == nullptr ? "/tmp" : named);
}

Task<std::unique_ptr<WorkFolder>> WorkFolder::co_make(Runtime& runtime, fs::path parent, std::string name) {
  std::shared_ptr<Reaper> reaper = runtime.reaper();
  // Owned by the answer at once: a caller that is gone when the folder is made leaves none behind.
  auto call = [reaper, parent = std::move(parent), name = std::move(name)] {
    const std::shared_ptr<WorkFolder> folder(new WorkFolder(reaper, make_folders(parent, name)));
    folder->owner_ = make_owner(folder->path_);
    return folder;
  };
  const std::shared_ptr<WorkFolder> made = co_await runtime.helpers().co_run(std::move(call));
  auto folder = std::unique_ptr<WorkFolder>(new WorkFolder(reaper, std::exchange(made->path_, {})));
  folder->owner_ = std::move(made->owner_);
  co_return folder;
}

WorkFolder::WorkFolder(std::shared_ptr<Reaper> reaper, fs::path path)
    : reaper_(std::move(reaper)), path_(std::move(path)) {}

WorkFolder::~WorkFolder() {
  if (path_.empty()) return;
  reaper_->take([path = path_] {
    // Nobody is left to be told.
    std::error_code ignored;
    fs::remove_all(path, ignored);
  });
}

Task<std::string> WorkFolder::co_remove(Runtime& runtime) {
  auto call = [path = std::exchange(path_, {})] {
    std::error_code code;
    fs::remove_all(path, code);
    return code ? path.string() + ": " + code.message() : std::string();
  };
  co_return co_await runtime.helpers().co_run(std::move(call));
}

}  // namespace coffer
