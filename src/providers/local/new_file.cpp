#include "providers/local/new_file.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "async/helper_threads.hpp"
#include "async/reaper.hpp"
#include "providers/local/file_calls.hpp"

namespace coffer {
namespace {

// A tail shorter than a file system's block would share it with data written directly before.
constexpr std::uint32_t block = 4096;
// Smaller files get their blocks when they are written: one extending write costs less than the call.
constexpr std::uint64_t worth_reserving = std::uint64_t{1} << 20U;

struct OpenedNew {
  Descriptor descriptor;
  std::uint32_t alignment = 1;
  // Made with the file: a coroutine that is destroyed before it takes the file over leaves no name.
  std::shared_ptr<TemporaryName> temporary;
};

std::uint32_t alignment_for(int descriptor, bool direct) noexcept {
  if (direct) {
    const DirectAlignment wanted = direct_alignment(descriptor);
    const std::uint32_t alignment = std::max({wanted.memory, wanted.offset, block});
    if (wanted.offset != 0 && alignment <= smallest_buffer) return alignment;
  }
  set_direct(descriptor, false);
  return 1;
}

int take(int opened, bool direct, OpenedNew& out) {
  if (opened < 0) return opened;
  out.descriptor = Descriptor(opened);
  out.alignment = alignment_for(opened, direct);
  return 0;
}

bool means_no_unnamed_files(int code) { return code == -EOPNOTSUPP || code == -EISDIR || code == -EINVAL; }

}  // namespace

TemporaryName::TemporaryName(std::shared_ptr<Reaper> reaper, FilePtr folder, std::string name)
    : reaper_(std::move(reaper)), folder_(std::move(folder)), name_(std::move(name)) {}

TemporaryName::~TemporaryName() {
  if (moved_) return;
  reaper_->take([folder = folder_, name = name_] { remove_file(folder->descriptor(), name); });
}

Task<std::optional<NewFile>> co_open_unnamed(Runtime& runtime, std::shared_ptr<IoBackend> io, const Subject& subject,
                                             FilePtr folder, bool direct) {
  auto opened = std::make_shared<OpenedNew>();
  std::function<int()> call = [opened, folder, direct] {
    return take(open_unnamed(folder->descriptor(), direct), direct, *opened);
  };
  const int result = co_await io->co_try("open a new file for", std::move(call));
  std::optional<NewFile> made;
  if (means_no_unnamed_files(result)) co_return made;
  if (result < 0) throw subject.failed(-result, "open a new file for");
  made.emplace();
  made->file = std::make_shared<const File>(opened->descriptor.release(), runtime.reaper());
  made->alignment = opened->alignment;
  co_return made;
}

Task<NewFile> co_open_temporary(Runtime& runtime, std::shared_ptr<IoBackend> io, const Subject& subject, FilePtr folder,
                                std::string prefix, bool direct) {
  auto opened = std::make_shared<OpenedNew>();
  std::function<int()> call = [opened, folder, prefix, direct, reaper = runtime.reaper()] {
    for (int attempt = 0;; ++attempt) {
      const std::string name = prefix + random_name(16);
      const int result = open_temporary(folder->descriptor(), name, direct);
      // Taken by another file, or by a collector just now.
      if ((result == -EEXIST || result == -EAGAIN) && attempt < most_attempts) continue;
      if (result >= 0) opened->temporary = std::make_shared<TemporaryName>(reaper, folder, name);
      return take(result, direct, *opened);
    }
  };
  co_await co_step(*io, subject, "open a temporary file for", std::move(call));
  NewFile made;
  made.file = std::make_shared<const File>(opened->descriptor.release(), runtime.reaper());
  made.alignment = opened->alignment;
  made.temporary = std::move(opened->temporary);
  co_return made;
}

Task<int> co_long_try(Runtime& runtime, std::shared_ptr<IoBackend> io, std::string_view step,
                      std::function<int()> call) {
  // Through the backend for its name alone, so that tests can fail it.
  std::function<int()> nothing = [] { return 0; };
  const int allowed = co_await io->co_try(step, std::move(nothing));
  if (allowed < 0) co_return allowed;
  co_return co_await runtime.helpers().co_run(std::move(call));
}

Task<> co_reserve(Runtime& runtime, std::shared_ptr<IoBackend> io, const Subject& subject, FilePtr file,
                  std::uint64_t size) {
  if (size <= worth_reserving) co_return;
  std::function<int()> call = [file, size] { return reserve(file->descriptor(), size); };
  const int result = co_await co_long_try(runtime, io, "reserve room for", std::move(call));
  if (result < 0) throw subject.failed(-result, "reserve room for");
}

}  // namespace coffer
