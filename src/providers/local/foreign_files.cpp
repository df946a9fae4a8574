#include <algorithm>
#include <cerrno>
#include <utility>

#include <coffer/providers/local.hpp>
#include <fcntl.h>

#include "providers/local/file_calls.hpp"
#include "providers/local/open_object.hpp"

namespace coffer {
namespace {

/// Opens what a root names: the root itself may be, or lead through, symbolic links: the user named it.
int open_root_folder(const std::string& path, Descriptor& out) {
  const int opened = ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return -errno;
  out = Descriptor(opened);
  return 0;
}

/// Where a file lies: in a folder that is opened as it is named, at a path that leads through no symbolic link.
struct ForeignPlace {
  std::string folder;
  std::string path;
};

class ForeignFiles final : public StorageProvider {
 public:
  ForeignFiles(Runtime& runtime, std::shared_ptr<IoBackend> io, std::vector<std::string> roots)
      : StorageProvider(runtime, Uri("file:///")), io_(std::move(io)), roots_(std::move(roots)) {}

  Capabilities capabilities() const override {
    Capabilities can;
    can.writable = false;
    can.conditional = false;
    can.metadata = false;
    can.checksums = false;
    can.distance = Distance::disk;
    can.name_beside_prefix = false;
    return can;
  }

  Task<std::optional<ObjectInfo>> co_head(std::string key) override {
    const Subject subject = subject_of("look at", key);
    OpenObjectPtr object = co_await co_named(subject, co_find(subject, std::move(key)));
    std::optional<ObjectInfo> info;
    if (object) info = object->object.info;
    co_return info;
  }

  Task<SourcePtr> co_open(std::string key, ReadOptions options) override {
    const Subject subject = subject_of("read", key);
    OpenObjectPtr object = co_await co_named(subject, co_find_for_reading(subject, std::move(key), options));
    const Result<Extent> extent = options.range().within(*object->object.info.size);
    if (!extent) throw subject.named(extent.error());
    co_return make_file_source(std::move(object), *extent, options.verify());
  }

  Task<ObjectPtr> co_object(std::string key, ReadOptions options) override {
    refuse_range(key, options);
    const Subject subject = subject_of("read", key);
    OpenObjectPtr object = co_await co_named(subject, co_find_for_reading(subject, std::move(key), options));
    co_return make_file_object(std::move(object));
  }

  std::optional<std::filesystem::path> local_path(const std::string& key) const override { return "/" + key; }

  Task<SinkPtr> co_create(std::string key, WriteOptions /*options*/) override {
    throw read_only("store", key);
    co_return nullptr;
  }

  Task<> co_remove(std::string key, RemoveOptions /*options*/) override {
    throw read_only("remove", key);
    co_return;
  }

  Task<ListerPtr> co_list(std::string prefix, ListOptions /*options*/) override {
    throw subject_of("list", prefix)
        .refused(ErrorKind::unsupported, "files outside a store are not listed; open the folder as a store");
    co_return nullptr;
  }

 private:
  Subject subject_of(std::string operation, const std::string& key) const {
    Subject subject;
    subject.operation = std::move(operation);
    subject.uri = uri_of(key).text();
    subject.path = "/" + key;
    return subject;
  }

  Error read_only(std::string operation, const std::string& key) const {
    return subject_of(std::move(operation), key)
        .refused(ErrorKind::read_only, "files outside a store are only read; open the folder as a store to change it");
  }

  /// Error{permission_denied} for a file below none of the roots.
  ForeignPlace place_of(const Subject& subject) const {
    const std::string& path = subject.path;
    for (const std::string& root : roots_) {
      ForeignPlace place;
      if (path == root) {
        // The file itself: the last segment may be a symbolic link too, so it is opened by the system's own rules.
        place.path = path;
        return place;
      }
      if (path.starts_with(root) && (root == "/" || path[root.size()] == '/')) {
        place.folder = root;
        place.path = path.substr(root == "/" ? 1 : root.size() + 1);
        return place;
      }
    }
    throw subject.refused(ErrorKind::permission_denied,
                          "the file lies in no store and below no folder that was opened for reading; name it on the "
                          "command line, or add its folder to the roots");
  }

  Task<OpenObjectPtr> co_find(const Subject& subject, std::string key) {
    ForeignPlace place = place_of(subject);
    FilePtr folder;
    if (!place.folder.empty()) {
      auto opened = std::make_shared<Descriptor>();
      std::function<int()> call = [opened, path = place.folder] { return open_root_folder(path, *opened); };
      const int result = co_await io_->co_try("open the folder of", std::move(call));
      if (result == -ENOENT || result == -ENOTDIR) co_return nullptr;
      if (result < 0) throw subject.failed(-result, "open the folder of");
      folder = std::make_shared<const File>(opened->release(), runtime().reaper());
    }
    Uri uri = uri_of(key);
    co_return co_await co_open_object(runtime(), io_, std::move(folder), std::move(place.path), std::move(uri), subject,
                                      true);
  }

  Task<OpenObjectPtr> co_find_for_reading(const Subject& subject, std::string key, const ReadOptions& options) {
    OpenObjectPtr object = co_await co_find(subject, std::move(key));
    if (!object) throw subject.refused(ErrorKind::not_found, "there is no such file");
    check_etag(*object, options);
    warn_if_changed(*object);
    co_return object;
  }

  const std::shared_ptr<IoBackend> io_;
  const std::vector<std::string> roots_;
};

std::string plain_text(const std::filesystem::path& root) {
  if (!root.is_absolute()) {
    throw Error(ErrorKind::invalid_argument,
                "a root for files outside stores must be absolute, and \"" + root.string() + "\" is not");
  }
  std::string text = root.lexically_normal().string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

}  // namespace

ProviderPtr make_foreign_files(Runtime& runtime, std::shared_ptr<IoBackend> io,
                               std::vector<std::filesystem::path> roots) {
  std::vector<std::string> texts;
  texts.reserve(roots.size());
  for (const std::filesystem::path& root : roots) texts.push_back(plain_text(root));
  return std::make_shared<ForeignFiles>(runtime, std::move(io), std::move(texts));
}

}  // namespace coffer
