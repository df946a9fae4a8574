#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <coffer/async/runtime.hpp>
#include <coffer/async/task.hpp>

#include "io_backends/io_backend.hpp"
#include "providers/local/subject.hpp"

namespace coffer {

/// The name of a file that is not yet where it belongs. Removed by the reaper with its last holder, unless it was
/// moved.
class TemporaryName {
 public:
  TemporaryName(std::shared_ptr<Reaper> reaper, FilePtr folder, std::string name);
  TemporaryName(const TemporaryName&) = delete;
  TemporaryName& operator=(const TemporaryName&) = delete;
  ~TemporaryName();

  int folder() const noexcept { return folder_->descriptor(); }
  const std::string& name() const noexcept { return name_; }
  /// Nothing is left under this name.
  void moved() noexcept { moved_ = true; }

 private:
  const std::shared_ptr<Reaper> reaper_;
  const FilePtr folder_;
  const std::string name_;
  bool moved_ = false;
};

/// A file that is written before it gets its name.
struct NewFile {
  FilePtr file;
  /// What offsets, lengths and memory must be multiples of: a power of two, at most `smallest_buffer`; 1 where writing
  /// is buffered.
  std::uint32_t alignment = 1;
  /// Null for a file without a name.
  std::shared_ptr<TemporaryName> temporary;
};

/// A file without a name in `folder`; nothing where the file system has none. `subject` and `runtime` outlive the task.
Task<std::optional<NewFile>> co_open_unnamed(Runtime& runtime, std::shared_ptr<IoBackend> io, const Subject& subject,
                                             FilePtr folder, bool direct);
/// A file whose name begins with `prefix`, locked as long as it is open, so that its writer is known to be alive.
Task<NewFile> co_open_temporary(Runtime& runtime, std::shared_ptr<IoBackend> io, const Subject& subject, FilePtr folder,
                                std::string prefix, bool direct);

/// Reserves room for `size` bytes where that pays. `subject` and `runtime` outlive the task.
Task<> co_reserve(Runtime& runtime, std::shared_ptr<IoBackend> io, const Subject& subject, FilePtr file,
                  std::uint64_t size);

/// A system call that may take long, on a helper thread also where a Runtime's own thread waits for it.
Task<int> co_long_try(Runtime& runtime, std::shared_ptr<IoBackend> io, std::string_view step,
                      std::function<int()> call);

}  // namespace coffer
