#include "providers/local/open_object.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/stat.h>

#include "providers/local/file_calls.hpp"

namespace coffer {
namespace {

struct OpenedWithAlignment {
  OpenedFile file;
  std::uint32_t direct_alignment = 0;
};

int open_with_alignment(const FilePtr& folder, const std::string& path, bool direct, OpenedWithAlignment& out) {
  constexpr std::uint32_t page = 4096;
  const int failed = folder ? open_file(folder->descriptor(), path, out.file) : open_named_file(path, out.file);
  if (failed < 0) return failed;
  if (!direct || !out.file.facts.is_regular()) return 0;
  const DirectAlignment wanted = direct_alignment(out.file.descriptor.number());
  const std::uint32_t alignment = std::max({wanted.memory, wanted.offset, page});
  if (wanted.offset != 0 && alignment <= smallest_buffer) out.direct_alignment = alignment;
  return 0;
}

}  // namespace

Task<OpenObjectPtr> co_open_object(Runtime& runtime, std::shared_ptr<IoBackend> io, FilePtr folder, std::string path,
                                   Uri uri, Subject subject, bool direct) {
  auto opened = std::make_shared<OpenedWithAlignment>();
  std::function<int()> call = [opened, folder, path, direct] {
    return open_with_alignment(folder, path, direct, *opened);
  };
  const int result = co_await io->co_try("open", std::move(call));
  if (result == -ENOENT || result == -ENOTDIR) co_return nullptr;
  if (result == -EXDEV) {
    throw subject.refused(ErrorKind::permission_denied, "the path leads out of the folder that was opened for reading");
  }
  // A socket, or a device that is not there.
  const bool special = result == -ENXIO || result == -ENODEV;
  if (result < 0 && !special) throw subject.failed(-result, "open");
  if (opened->file.facts.is_folder()) co_return nullptr;
  if (special || !opened->file.facts.is_regular()) {
    throw subject.refused(ErrorKind::unsupported,
                          "this is a device, a pipe or a socket; only regular files are objects");
  }

  auto object = std::make_shared<OpenObject>(runtime, io);
  object->file = std::make_shared<const File>(opened->file.descriptor.release(), runtime.reaper());
  object->object = describe_file(std::move(uri), opened->file.facts, opened->file.attribute);
  object->modified_ns = opened->file.facts.modified_ns;
  object->direct_alignment = opened->direct_alignment;
  object->subject = std::move(subject);
  co_return object;
}

void warn_if_changed(const OpenObject& object) {
  if (object.object.standing != Standing::changed_outside) return;
  object.runtime.observer().warn(object.subject.path +
                                 " was changed by another program since it was stored; it is read without a check");
}

void check_etag(const OpenObject& object, const ReadOptions& options) {
  const ObjectInfo& info = object.object.info;
  if (!options.etag() || *options.etag() == info.etag) return;
  throw object.subject.refused(ErrorKind::precondition_failed,
                               "the object was replaced: its etag is " + info.etag + ", not " + *options.etag());
}

}  // namespace coffer
