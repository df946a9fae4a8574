#include "providers/local/store_folders.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include <fcntl.h>

#include "providers/local/file_calls.hpp"
#include "providers/local/paths.hpp"

namespace coffer {
namespace {

constexpr mode_t open_mode = 0777;
constexpr mode_t hidden_mode = 0700;
constexpr int folder_flags = O_RDONLY | O_DIRECTORY;
constexpr std::size_t most_remembered = 4096;

struct OpenedFolder {
  Descriptor descriptor;
  FileFacts facts;
  std::string key;
};

int open_folder(int parent, const std::string& path, OpenedFolder& out) {
  const int opened = open_beneath(parent, path, folder_flags);
  if (opened < 0) return opened;
  out.descriptor = Descriptor(opened);
  return facts_of(opened, out.facts);
}

FolderPtr share(Runtime& runtime, OpenedFolder& opened, std::string key) {
  auto folder = std::make_shared<Folder>();
  folder->key = std::move(key);
  folder->file = std::make_shared<const File>(opened.descriptor.release(), runtime.reaper());
  folder->device = opened.facts.device;
  folder->inode = opened.facts.inode;
  return folder;
}

int open_root(const std::string& path, OpenedFolder& out) {
  // The store's own path may lead through symbolic links: it is the user's.
  const int opened = ::open(path.c_str(), folder_flags | O_CLOEXEC);
  if (opened < 0) return -errno;
  out.descriptor = Descriptor(opened);
  return facts_of(opened, out.facts);
}

bool leads_nowhere(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_symlink(std::filesystem::symlink_status(path, ignored)) &&
         !std::filesystem::exists(path, ignored);
}

/// Makes a folder and its parents, each flushed into the one above it.
int make_path(const std::filesystem::path& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) != 0) {
    if (errno == EEXIST) return 0;
    if (errno != ENOENT || path == path.root_path()) return -errno;
    if (const int failed = make_path(path.parent_path(), open_mode); failed < 0) return failed;
    if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return -errno;
  }
  const Descriptor parent(::open(path.parent_path().c_str(), folder_flags | O_CLOEXEC));
  if (!parent || ::fsync(parent.number()) != 0) return -errno;
  return 0;
}

}  // namespace

StoreFolders::StoreFolders(Runtime& runtime, std::shared_ptr<IoBackend> io, std::filesystem::path root, bool owner_only)
    : runtime_(runtime), io_(std::move(io)), root_(std::move(root)), root_mode_(owner_only ? hidden_mode : open_mode) {}

Task<FolderPtr> StoreFolders::co_root(const Subject& subject) {
  if (FolderPtr root = known_root()) co_return root;
  auto opened = std::make_shared<OpenedFolder>();
  std::function<int()> call = [opened, path = root_.string()] { return open_root(path, *opened); };
  const int result = co_await io_->co_try("open the store", std::move(call));
  if (result == -ENOENT) co_return nullptr;
  if (result < 0) throw subject.named(Error::from_errno(-result, "open the store " + root_.string()));
  FolderPtr root = share(runtime_, *opened, "");
  const std::lock_guard lock(mutex_);
  if (!open_root_) open_root_ = std::move(root);
  co_return open_root_;
}

// Null where none is open yet, or the one that is was removed: another may have been made in its place.
FolderPtr StoreFolders::known_root() {
  FolderPtr root;
  {
    const std::lock_guard lock(mutex_);
    root = open_root_;
  }
  FileFacts facts;
  if (!root || facts_of(root->file->descriptor(), facts) < 0 || facts.links > 0) return root;
  forget_root();
  return nullptr;
}

Task<FolderPtr> StoreFolders::co_make_root(const Subject& subject) {
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    FolderPtr root = co_await co_root(subject);
    if (root) co_return root;
    std::function<int()> call = [path = root_, mode = root_mode_] { return make_path(path, mode); };
    const int result = co_await io_->co_try("make the store", std::move(call));
    if (result < 0) throw subject.named(Error::from_errno(-result, "make the store " + root_.string()));
  }
  std::function<int()> look = [path = root_] { return leads_nowhere(path) ? 1 : 0; };
  if (co_await io_->co_try("look at the store", std::move(look)) == 1) {
    throw subject.refused(ErrorKind::invalid_argument, "the store " + root_.string() +
                                                           " is a symbolic link that leads nowhere: mount what it "
                                                           "leads to, or make that folder");
  }
  throw subject.refused(ErrorKind::io, "the store " + root_.string() + " is removed as fast as it is made");
}

void StoreFolders::forget_root() {
  const std::lock_guard lock(mutex_);
  open_root_ = nullptr;
  durable_.clear();
  ++changes_;
}

Task<FolderPtr> StoreFolders::co_open(const Subject& subject, std::string key) {
  FolderPtr root = co_await co_root(subject);
  if (!root || key.empty()) co_return root;
  auto opened = std::make_shared<OpenedFolder>();
  std::function<int()> call = [opened, root, key] { return open_folder(root->file->descriptor(), key, *opened); };
  const int result = co_await io_->co_try("open the folder", std::move(call));
  if (result == -ENOENT || result == -ENOTDIR) co_return nullptr;
  if (result < 0) throw subject.failed(-result, "open the folder of");
  co_return share(runtime_, *opened, std::move(key));
}

Task<FolderPtr> StoreFolders::co_nearest(const Subject& subject, std::string key) {
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    FolderPtr root = co_await co_make_root(subject);
    auto opened = std::make_shared<OpenedFolder>();
    std::function<int()> call = [opened, root, key] {
      opened->key = key;
      for (;;) {
        const int result = open_folder(root->file->descriptor(), opened->key, *opened);
        if (result != -ENOENT || opened->key.empty()) return result;
        opened->key = folder_above(opened->key);
      }
    };
    const int result = co_await io_->co_try("open the folder", std::move(call));
    if (result < 0 && result != -ENOENT) throw subject.failed(-result, "open the folder of");
    if (result < 0 || opened->facts.links == 0) {
      forget_root();
      continue;
    }
    std::string found = opened->key;
    co_return share(runtime_, *opened, std::move(found));
  }
  throw subject.refused(ErrorKind::io, "the store " + root_.string() + " is removed as fast as it is made");
}

// The folder `key`, whose parent is open; made where it is not there. Null where the parent is gone.
Task<FolderPtr> StoreFolders::co_step_into(const Subject& subject, FolderPtr parent, std::string key, mode_t mode) {
  const std::string name = last_segment(key);
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    auto opened = std::make_shared<OpenedFolder>();
    std::function<int()> open = [opened, parent, name] {
      return open_folder(parent->file->descriptor(), name, *opened);
    };
    const int found = co_await io_->co_try("open the folder", std::move(open));
    if (found >= 0) co_return share(runtime_, *opened, std::move(key));
    if (found != -ENOENT) throw subject.failed(-found, "open the folder of");

    std::function<int()> make = [parent, name, mode] { return make_folder(parent->file->descriptor(), name, mode); };
    const int made = co_await io_->co_try("make the folder", std::move(make));
    if (made == -ENOENT) co_return nullptr;
    if (made < 0 && made != -EEXIST) throw subject.failed(-made, "make the folder of");
    if (made >= 0) name_is_new_or_gone(key);
  }
  throw subject.refused(ErrorKind::io, "the folder " + key + " is removed as fast as it is made");
}

Task<FolderPtr> StoreFolders::co_make(const Subject& subject, std::string key) {
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    FolderPtr folder = co_await co_nearest(subject, key);
    while (folder && folder->key != key) {
      const std::size_t begin = folder->key.empty() ? 0 : folder->key.size() + 1;
      std::string next = key.substr(0, key.find('/', begin));
      folder = co_await co_step_into(subject, folder, std::move(next), open_mode);
    }
    if (folder) co_return folder;
  }
  throw subject.refused(ErrorKind::io, "the folder " + key + " is removed as fast as it is made");
}

Task<FolderPtr> StoreFolders::co_hidden(const Subject& subject, std::string name) {
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    FolderPtr folder = co_await co_make_root(subject);
    std::string hidden(hidden_folder);
    folder = co_await co_step_into(subject, folder, std::move(hidden), hidden_mode);
    std::string inner = joined(hidden_folder, name);
    if (folder) folder = co_await co_step_into(subject, folder, std::move(inner), hidden_mode);
    if (folder) co_return folder;
    forget_root();
  }
  throw subject.refused(ErrorKind::io, "the store's hidden folder is removed as fast as it is made");
}

std::shared_ptr<Committer> StoreFolders::committer_of(const Folder& folder) {
  const std::lock_guard lock(mutex_);
  // An inode number cannot come again while its committer holds it open.
  auto& known = committers_[{folder.device, folder.inode}];
  if (std::shared_ptr<Committer> alive = known.lock()) return alive;
  auto made = std::make_shared<Committer>(runtime_, io_, folder.file, health_);
  known = made;
  std::erase_if(committers_, [](const auto& entry) { return entry.second.expired(); });
  return made;
}

void StoreFolders::name_is_new_or_gone(const std::string& key) {
  const std::lock_guard lock(mutex_);
  durable_.erase(key);
  ++changes_;
}

bool StoreFolders::is_durable(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  return key.empty() || durable_.contains(key);
}

Task<> StoreFolders::co_commit(const Subject& subject, FolderPtr folder) {
  // Also folders that this store did not make: their maker may have been killed before it flushed them.
  const std::string& key = folder->key;
  for (std::size_t end = key.find('/'); !key.empty(); end = key.find('/', end + 1)) {
    std::string name = key.substr(0, end);
    if (!is_durable(name)) {
      std::uint64_t before = 0;
      {
        const std::lock_guard lock(mutex_);
        before = changes_;
      }
      FolderPtr parent = co_await co_open(subject, folder_above(name));
      if (parent) {
        const std::shared_ptr<Committer> committer = committer_of(*parent);
        co_await committer->co_commit();
      }
      const std::lock_guard lock(mutex_);
      // A folder made or removed meanwhile may have this name: then it is flushed again next time.
      if (parent && changes_ == before) {
        if (durable_.size() >= most_remembered) durable_.clear();
        durable_.insert(name);
      }
    }
    if (end == std::string::npos) break;
  }
  const std::shared_ptr<Committer> committer = committer_of(*folder);
  co_await committer->co_commit();
}

Task<FolderPtr> StoreFolders::co_prune(const Subject& subject, std::string key) {
  while (!key.empty()) {
    const std::string name = last_segment(key);
    FolderPtr parent = co_await co_open(subject, folder_above(key));
    if (parent) {
      std::function<int()> call = [parent, name] { return remove_folder(parent->file->descriptor(), name); };
      const int result = co_await io_->co_try("remove the folder", std::move(call));
      // Not empty, in use as a mount point, or not ours to remove: then it stays, which harms nobody.
      if (result < 0 && result != -ENOENT) break;
      if (result == 0) name_is_new_or_gone(key);
    }
    key = folder_above(key);
  }
  co_return co_await co_open(subject, key);
}

}  // namespace coffer
