#include "pipe/work_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <system_error>
#include <utility>

#include <coffer/base/error.hpp>

#include "async/helper_threads.hpp"
#include "async/reaper.hpp"

namespace coffer {

namespace fs = std::filesystem;

namespace {

fs::path make_folders(fs::path parent, const std::string& name) {
  if (parent.empty()) parent = fs::temp_directory_path();
  std::error_code code;
  fs::create_directories(parent, code);
  if (code) throw Error::from_code(code, "making the work folder " + parent.string());
  std::string text = (fs::absolute(parent) / ("coffer-" + name + "-XXXXXX")).string();
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

}  // namespace

Task<std::unique_ptr<WorkFolder>> WorkFolder::co_make(Runtime& runtime, fs::path parent, std::string name) {
  std::shared_ptr<Reaper> reaper = runtime.reaper();
  // Owned by the answer at once: a caller that is gone when the folder is made leaves none behind.
  auto call = [reaper, parent = std::move(parent), name = std::move(name)] {
    return std::shared_ptr<WorkFolder>(new WorkFolder(reaper, make_folders(parent, name)));
  };
  const std::shared_ptr<WorkFolder> made = co_await runtime.helpers().co_run(std::move(call));
  auto folder = std::unique_ptr<WorkFolder>(new WorkFolder(reaper, std::exchange(made->path_, {})));
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
