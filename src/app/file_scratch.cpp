#include "app/file_scratch.hpp"

#include <atomic>
#include <cerrno>
#include <string>
#include <utility>

#include <coffer/async/runtime.hpp>
#include <coffer/base/byte_size.hpp>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "io_backends/file.hpp"
#include "io_backends/io_backend.hpp"

namespace coffer {
namespace {

/// Bytes of all files, counted against the limit.
class Allowance {
 public:
  explicit Allowance(std::uint64_t limit) : limit_(limit) {}
  void take(std::uint64_t bytes) {
    std::uint64_t used = used_.load();
    do {
      if (bytes > limit_ - used) {
        throw Error(ErrorKind::no_space, "the spilled bytes reach their limit of " + format_byte_size(limit_) +
                                             ": raise it, or give the readers time to follow");
      }
    } while (!used_.compare_exchange_weak(used, used + bytes));
  }
  void give_back(std::uint64_t bytes) noexcept { used_ -= bytes; }

 private:
  std::uint64_t limit_;
  std::atomic<std::uint64_t> used_ = 0;
};

class UnnamedFile final : public ScratchFile {
 public:
  UnnamedFile(std::shared_ptr<IoBackend> io, FilePtr file, std::shared_ptr<Allowance> allowance)
      : io_(std::move(io)), file_(std::move(file)), allowance_(std::move(allowance)) {}
  ~UnnamedFile() override { allowance_->give_back(taken_); }

  std::uint64_t readable() const noexcept override { return written_; }

  Task<> co_append(Chunk chunk) override {
    const std::uint64_t at = written_;
    const std::uint64_t bytes = chunk.size();
    allowance_->take(bytes);
    taken_ += bytes;
    co_await io_->co_write_at(file_, at, std::move(chunk));
    written_ = at + bytes;
  }

  Task<Chunk> co_read_at(BudgetShare& share, std::uint64_t offset, std::size_t at_most) override {
    const std::uint64_t there = written_ - offset;
    Buffer buffer = share.need(at_most < there ? at_most : static_cast<std::size_t>(there));
    std::size_t want = buffer.size() < at_most ? buffer.size() : at_most;
    if (want > there) want = static_cast<std::size_t>(there);
    ReadDone done = co_await io_->co_read_at(file_, offset, std::move(buffer), want);
    if (done.bytes == 0) throw Error(ErrorKind::corrupt, "a spill file lost its bytes: something else cut it");
    co_return std::move(done.buffer).share(done.bytes);
  }

 private:
  std::shared_ptr<IoBackend> io_;
  FilePtr file_;
  std::shared_ptr<Allowance> allowance_;
  std::atomic<std::uint64_t> written_ = 0;
  std::uint64_t taken_ = 0;
};

/// Makes the folder and its parents; a negative errno where it cannot.
int make_folders(const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder.parent_path(), failed);
  if (failed) return -failed.value();
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return -errno;
  return 0;
}

/// A new file without a name, as a descriptor or a negative errno. Where the file system has no O_TMPFILE, the name
/// lives for the moment between two calls.
int open_unnamed(const std::filesystem::path& folder) {
  if (const int made = make_folders(folder); made < 0) return made;
  const int unnamed = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (unnamed >= 0) return unnamed;
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) return -errno;
  std::string name = (folder / "spill-XXXXXX").string();
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named < 0) return -errno;
  ::unlink(name.c_str());
  return named;
}

class FileScratch final : public Scratch {
 public:
  FileScratch(Runtime& runtime, std::shared_ptr<IoBackend> io, ScratchPlaces places)
      : runtime_(runtime),
        io_(std::move(io)),
        places_(std::move(places)),
        allowance_(std::make_shared<Allowance>(places_.limit)) {}

  Task<std::shared_ptr<ScratchFile>> co_create() override {
    std::string refused;
    for (const std::filesystem::path& folder : places_.folders) {
      const bool memory_allowed = places_.in_memory_allowed;
      // The call's own, as it may end when this coroutine is gone.
      auto file = std::make_shared<FilePtr>();
      std::function<int()> call = [folder, memory_allowed, file, reaper = runtime_.reaper()] {
        if (!memory_allowed && lies_in_memory(folder)) return -EMEDIUMTYPE;
        const int descriptor = open_unnamed(folder);
        if (descriptor >= 0) *file = std::make_shared<const File>(descriptor, reaper);
        return descriptor;
      };
      const int opened = co_await io_->co_try("open spill file", std::move(call));
      if (opened >= 0) co_return std::make_shared<UnnamedFile>(io_, std::move(*file), allowance_);
      refused += "; " + folder.string() + ": ";
      refused += opened == -EMEDIUMTYPE ? "in memory (tmpfs)" : std::generic_category().message(-opened);
    }
    throw Error(ErrorKind::unsupported, "no folder for spilled bytes: name one on a disk with --spill" + refused);
  }

 private:
  Runtime& runtime_;
  std::shared_ptr<IoBackend> io_;
  ScratchPlaces places_;
  std::shared_ptr<Allowance> allowance_;
};

}  // namespace

bool lies_in_memory(const std::filesystem::path& folder) {
  for (std::filesystem::path there = folder;; there = there.parent_path()) {
    struct statfs facts = {};
    if (::statfs(there.c_str(), &facts) == 0) return facts.f_type == TMPFS_MAGIC || facts.f_type == RAMFS_MAGIC;
    if (errno != ENOENT || there == there.parent_path()) return false;
  }
}

std::shared_ptr<Scratch> make_file_scratch(Runtime& runtime, std::shared_ptr<IoBackend> io, ScratchPlaces places) {
  return std::make_shared<FileScratch>(runtime, std::move(io), std::move(places));
}

}  // namespace coffer
