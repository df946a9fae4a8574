#include <cerrno>
#include <utility>

#include <coffer/base/content_type.hpp>
#include <coffer/providers/local.hpp>
#include <fcntl.h>
#include <sys/stat.h>

#include "providers/local/file_calls.hpp"
#include "providers/local/file_sink.hpp"
#include "providers/local/file_standing.hpp"
#include "providers/local/new_file.hpp"

namespace coffer {
namespace {

// What is put around a name leaves room in the 255 bytes that a name may have.
constexpr std::size_t longest_part = 200;
// One behind the other, as the kernel has it.
constexpr int most_links = 40;

/// What the temporary name of a file begins with: beside it, hidden, and telling whose it is.
std::string temporary_prefix(const std::string& name) { return "." + name.substr(0, longest_part) + ".coffer-"; }

struct TargetFolder {
  Descriptor descriptor;
  std::filesystem::path path;
};

/// Without symbolic links: what is written through a link goes where it leads, also where nothing is there yet.
std::filesystem::path path_led_to(std::filesystem::path path) {
  std::error_code failed;
  std::filesystem::path real = std::filesystem::canonical(path, failed);
  if (!failed) return real;
  for (int links = 0; links < most_links && std::filesystem::is_symlink(path, failed); ++links) {
    const std::filesystem::path next = std::filesystem::read_symlink(path, failed);
    if (failed) return path;
    path = path.parent_path() / next;
    const std::filesystem::path folder = std::filesystem::canonical(path.parent_path(), failed);
    if (!failed) path = folder / path.filename();
  }
  return path;
}

/// The folder of a target, and the target's path without symbolic links.
int open_folder_of(const std::filesystem::path& target, TargetFolder& out) {
  out.path = path_led_to(target);
  const int opened = ::open(out.path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return -errno;
  out.descriptor = Descriptor(opened);
  FileFacts facts;
  const int looked = facts_at(opened, out.path.filename(), facts);
  if (looked == -ENOENT) return 0;
  if (looked < 0) return looked;
  if (facts.is_folder()) return -EISDIR;
  if (facts.is_regular()) return 0;
  std::error_code ignored;
  return std::filesystem::is_symlink(out.path, ignored) ? -ELOOP : -EMEDIUMTYPE;
}

/// Puts a new file where the user named it.
class FilePlacement final : public Placement {
 public:
  FilePlacement(Runtime& runtime, std::shared_ptr<IoBackend> io, Subject subject, FilePtr folder,
                std::filesystem::path path, WriteOptions options)
      : runtime_(runtime),
        io_(std::move(io)),
        subject_(std::move(subject)),
        folder_(std::move(folder)),
        path_(std::move(path)),
        name_(path_.filename().string()),
        options_(std::move(options)) {}

  Task<> co_prepare(FilePtr file, std::uint64_t /*size*/, std::uint32_t /*crc32c*/) override {
    co_await io_->co_sync(std::move(file), true);
  }

  Task<Stored> co_place(NewFile file, std::uint64_t size, std::uint32_t crc32c) override {
    co_await co_give_name(file);
    std::optional<Error> failed;
    try {
      co_await io_->co_sync(folder_, false);
    } catch (...) {
      failed = to_error(std::current_exception());
    }
    if (failed) {
      throw subject_
          .refused(ErrorKind::outcome_unknown,
                   "the file is whole and has its name, but its folder could not be flushed, so it may not survive a "
                   "power cut; look at the device (dmesg) and write it again")
          .because(*failed);
    }
    // It is there: what cannot be told of it fails nothing.
    auto facts = std::make_shared<FileFacts>();
    std::function<int()> call = [file = file.file, facts] { return facts_of(file->descriptor(), *facts); };
    const int looked = co_await io_->co_try("look at", std::move(call));
    Stored stored;
    stored.uri = Uri::of_file(path_.string()).value();
    stored.size = size;
    stored.crc32c = crc32c;
    stored.content_type =
        options_.content_type().empty() ? std::string(content_type_of_name(name_)) : options_.content_type();
    if (looked >= 0) stored.etag = foreign_etag(*facts);
    co_return stored;
  }

 private:
  Task<> co_give_name(NewFile& file) {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
      const int linked = co_await co_link(file);
      if (linked >= 0) co_return;
      if (linked != -EEXIST) throw subject_.failed(-linked, "link");
      if (options_.if_absent_set()) throw subject_.refused(ErrorKind::already_exists, "the file is there already");
      const int renamed = co_await co_replace(file);
      if (renamed >= 0) co_return;
      if (renamed != -ENOENT) throw subject_.failed(-renamed, "rename to");
    }
    throw subject_.refused(ErrorKind::io, "the name is given away and freed as fast as it is looked at");
  }

  Task<int> co_link(const NewFile& file) {
    std::function<int()> call = [file, folder = folder_, name = name_] {
      if (!file.temporary) return link_unnamed(file.file->descriptor(), folder->descriptor(), name);
      return move_to_free_name(file.temporary->folder(), file.temporary->name(), folder->descriptor(), name);
    };
    const int linked = co_await io_->co_try("link", std::move(call));
    if (linked >= 0 && file.temporary) file.temporary->moved();
    co_return linked;
  }

  // A link cannot replace a name, a rename can.
  Task<int> co_replace(NewFile& file) {
    if (!file.temporary) {
      auto temporary =
          std::make_shared<TemporaryName>(runtime_.reaper(), folder_, temporary_prefix(name_) + random_name(4));
      std::function<int()> aside = [file = file.file, temporary] {
        return link_unnamed(file->descriptor(), temporary->folder(), temporary->name());
      };
      co_await co_step(*io_, subject_, "link aside", std::move(aside));
      file.temporary = std::move(temporary);
    }
    // Holds the old file in being: its blocks are freed by the reaper, not by the rename.
    auto opened = std::make_shared<OpenedFile>();
    std::function<int()> look = [opened, folder = folder_, name = name_] {
      return look_at(folder->descriptor(), name, false, *opened);
    };
    const int looked = co_await io_->co_try("look at", std::move(look));
    if (looked < 0) co_return looked;
    const FilePtr held = std::make_shared<const File>(opened->descriptor.release(), runtime_.reaper());
    std::function<int()> call = [file, folder = folder_, name = name_] {
      return rename_file(file.temporary->folder(), file.temporary->name(), folder->descriptor(), name);
    };
    const int renamed = co_await io_->co_try("rename to", std::move(call));
    if (renamed >= 0) file.temporary->moved();
    co_return renamed;
  }

  Runtime& runtime_;
  const std::shared_ptr<IoBackend> io_;
  const Subject subject_;
  const FilePtr folder_;
  const std::filesystem::path path_;
  const std::string name_;
  const WriteOptions options_;
};

Task<SinkPtr> co_begin(Runtime& runtime, std::shared_ptr<IoBackend> io, const Subject& subject,
                       std::filesystem::path target, WriteOptions options) {
  if (options.etag()) {
    throw subject.refused(ErrorKind::unsupported, "files outside a store have no etag to compare before writing");
  }
  auto opened = std::make_shared<TargetFolder>();
  std::function<int()> call = [opened, target] { return open_folder_of(target, *opened); };
  const int result = co_await io->co_try("open the folder of", std::move(call));
  if (result == -EISDIR) throw subject.refused(ErrorKind::invalid_argument, "this is a folder; name a file in it");
  if (result == -EMEDIUMTYPE) {
    throw subject.refused(
        ErrorKind::unsupported,
        "this is a device, a pipe or a socket, which cannot be written all or nothing; write to '-' and "
        "redirect that");
  }
  if (result == -ELOOP) throw subject.refused(ErrorKind::invalid_argument, "symbolic links lead in a circle here");
  if (result == -ENOENT && opened->path != target) {
    throw subject.refused(ErrorKind::not_found, "this is a link that leads to " + opened->path.string() +
                                                    ", whose folder is not there; make that first");
  }
  if (result < 0) throw subject.failed(-result, "open the folder of");

  FilePtr folder = std::make_shared<const File>(opened->descriptor.release(), runtime.reaper());
  std::optional<NewFile> file = co_await co_open_unnamed(runtime, io, subject, folder, true);
  if (!file) {
    std::string prefix = temporary_prefix(opened->path.filename().string());
    file = co_await co_open_temporary(runtime, io, subject, folder, std::move(prefix), true);
  }
  const std::optional<std::uint64_t> size = options.size();
  if (size) co_await co_reserve(runtime, io, subject, file->file, *size);
  auto placement = std::make_shared<FilePlacement>(runtime, io, subject, std::move(folder), std::move(opened->path),
                                                   std::move(options));
  co_return make_file_sink(runtime, std::move(io), std::move(*file), std::move(placement), size, nullptr, subject);
}

}  // namespace

Task<SinkPtr> co_create_file(Runtime& runtime, std::shared_ptr<IoBackend> io, std::filesystem::path path,
                             WriteOptions options) {
  if (!path.is_absolute()) {
    throw Error(ErrorKind::invalid_argument,
                "the path of a new file must be absolute, and \"" + path.string() + "\" is not");
  }
  path = path.lexically_normal();
  Subject subject;
  subject.operation = "write";
  subject.uri = Uri::of_file(path.string()).value().text();
  subject.path = path.string();
  co_return co_await co_named(subject, co_begin(runtime, std::move(io), subject, path, std::move(options)));
}

}  // namespace coffer
