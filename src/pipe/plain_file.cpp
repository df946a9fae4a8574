#include "pipe/plain_file.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include <coffer/base/error.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "async/helper_threads.hpp"
#include "async/reaper.hpp"

namespace coffer {
namespace {

constexpr std::size_t largest_piece = std::size_t{1} << 20U;

/// Shared with the helper thread that works on it: it may outlive who asked.
class PlainFile {
 public:
  PlainFile(std::shared_ptr<Reaper> reaper, std::filesystem::path path, int flags)
      : reaper_(std::move(reaper)), path_(std::move(path)), descriptor_(::open(path_.c_str(), flags, S_IRUSR)) {
    if (descriptor_ < 0) throw Error::from_errno(errno, "opening " + path_.string());
  }
  PlainFile(const PlainFile&) = delete;
  PlainFile& operator=(const PlainFile&) = delete;
  ~PlainFile() { reaper_->close_descriptor(descriptor_); }

  std::uint64_t regular_size() const {
    struct stat facts{};
    if (::fstat(descriptor_, &facts) != 0) throw Error::from_errno(errno, "looking at " + path_.string());
    if (!S_ISREG(facts.st_mode)) throw Error(ErrorKind::io, path_.string() + " is no regular file");
    return static_cast<std::uint64_t>(facts.st_size);
  }

  std::size_t read(Buffer& into, std::uint64_t offset) const {
    for (;;) {
      const ssize_t got = ::pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset));
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) throw Error::from_errno(errno, "reading " + path_.string());
    }
  }

  void append(const Chunk& chunk) const {
    for (std::size_t done = 0; done < chunk.size();) {
      const ssize_t put = ::write(descriptor_, chunk.data() + done, chunk.size() - done);
      if (put < 0 && errno != EINTR) throw Error::from_errno(errno, "writing " + path_.string());
      if (put > 0) done += static_cast<std::size_t>(put);
    }
  }

 private:
  const std::shared_ptr<Reaper> reaper_;
  const std::filesystem::path path_;
  const int descriptor_;
};

class PlainFileSource final : public ByteSource {
 public:
  PlainFileSource(Runtime& runtime, std::shared_ptr<PlainFile> file, std::uint64_t size, const std::string& name)
      : runtime_(runtime), file_(std::move(file)), share_(runtime.pool().open_share("read " + name)) {
    info_.size = size;
  }

  const ObjectInfo& info() const override { return info_; }

  Task<std::optional<Chunk>> co_read(std::size_t at_most) override {
    const std::size_t wanted = at_most == 0 ? largest_piece : std::min(at_most, largest_piece);
    auto buffer = std::make_shared<Buffer>(share_.need(wanted));
    auto call = [file = file_, buffer, offset = offset_] { return file->read(*buffer, offset); };
    std::size_t got = co_await runtime_.helpers().co_run(std::move(call));
    if (at_most != 0) got = std::min(got, at_most);
    if (got == 0) co_return std::nullopt;
    offset_ += got;
    Chunk chunk = std::move(*buffer).share(got);
    co_return chunk;
  }

 private:
  Runtime& runtime_;
  const std::shared_ptr<PlainFile> file_;
  BudgetShare share_;
  ObjectInfo info_;
  std::uint64_t offset_ = 0;
};

Task<std::shared_ptr<PlainFile>> co_open(Runtime& runtime, std::filesystem::path path, int flags) {
  auto call = [reaper = runtime.reaper(), path = std::move(path), flags] {
    return std::make_shared<PlainFile>(reaper, path, flags);
  };
  co_return co_await runtime.helpers().co_run(std::move(call));
}

}  // namespace

Task<SourcePtr> co_open_plain_file(Runtime& runtime, std::filesystem::path path) {
  const std::string name = path.filename().string();
  // What a command leaves may be a pipe, which would be waited for.
  std::shared_ptr<PlainFile> file = co_await co_open(runtime, std::move(path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const std::uint64_t size = file->regular_size();
  SourcePtr source = std::make_unique<PlainFileSource>(runtime, std::move(file), size, name);
  co_return source;
}

Task<std::uint64_t> co_make_plain_file(Runtime& runtime, ByteSource& source, std::filesystem::path path) {
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  const std::shared_ptr<PlainFile> file = co_await co_open(runtime, std::move(path), flags);
  std::uint64_t size = 0;
  for (;;) {
    std::optional<Chunk> chunk = co_await source.co_read();
    if (!chunk) co_return size;
    size += chunk->size();
    auto call = [file, chunk = std::move(*chunk)] { file->append(chunk); };
    co_await runtime.helpers().co_run(std::move(call));
  }
}

void make_plain_folder(const std::filesystem::path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) throw Error::from_code(code, "making the folder " + folder.string());
}

}  // namespace coffer
