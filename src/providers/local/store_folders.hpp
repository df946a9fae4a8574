#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <coffer/async/runtime.hpp>
#include <coffer/async/task.hpp>

#include "io_backends/io_backend.hpp"
#include "providers/local/committer.hpp"
#include "providers/local/subject.hpp"

namespace coffer {

/// An open folder of a store.
struct Folder {
  std::string key;  ///< "" is the store itself.
  FilePtr file;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
};
using FolderPtr = std::shared_ptr<const Folder>;

/// The folders of one store: opened without following symbolic links, made, pruned and committed. Thread-safe.
/// `subject` outlives each task.
class StoreFolders {
 public:
  /// `owner_only`: the store's own folder is made so that nobody else may enter it.
  StoreFolders(Runtime& runtime, std::shared_ptr<IoBackend> io, std::filesystem::path root, bool owner_only);

  const std::filesystem::path& root_path() const noexcept { return root_; }
  /// Throws where an earlier flush has failed.
  void check_health() const { health_->check(); }

  /// The store's own folder; null where it is not there.
  Task<FolderPtr> co_root(const Subject& subject);
  /// The same, made with its parents where it is not there.
  Task<FolderPtr> co_make_root(const Subject& subject);
  /// Null where there is no such folder.
  Task<FolderPtr> co_open(const Subject& subject, std::string key);
  /// The folder, or the deepest one above it that is there; makes the store's own. Error{conflict} where an object is
  /// in the way.
  Task<FolderPtr> co_nearest(const Subject& subject, std::string key);
  /// The folder, made with its parents where it is not there.
  Task<FolderPtr> co_make(const Subject& subject, std::string key);
  /// A folder inside the hidden one: "tmp", "locks".
  Task<FolderPtr> co_hidden(const Subject& subject, std::string name);

  /// Makes the names in a folder durable, and before them the folder's own name and its parents'.
  Task<> co_commit(const Subject& subject, FolderPtr folder);
  /// Removes a folder and its parents as far as they are empty; gives the deepest one that stays.
  Task<FolderPtr> co_prune(const Subject& subject, std::string key);
  /// A folder was made or removed by other means: its name is not durable.
  void name_is_new_or_gone(const std::string& key);

 private:
  Task<FolderPtr> co_step_into(const Subject& subject, FolderPtr parent, std::string key, mode_t mode);
  std::shared_ptr<Committer> committer_of(const Folder& folder);
  FolderPtr known_root();
  void forget_root();
  bool is_durable(const std::string& key) const;

  Runtime& runtime_;
  const std::shared_ptr<IoBackend> io_;
  const std::filesystem::path root_;
  const mode_t root_mode_;
  const std::shared_ptr<CommitHealth> health_ = std::make_shared<CommitHealth>();

  mutable std::mutex mutex_;
  FolderPtr open_root_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::weak_ptr<Committer>> committers_;
  std::set<std::string> durable_;  // Folders whose names were flushed since this store was opened.
  std::uint64_t changes_ = 0;      // Folders made and removed so far.
};

}  // namespace coffer
