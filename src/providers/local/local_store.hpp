#pragma once

#include <atomic>
#include <memory>
#include <string>

#include <coffer/async/runtime.hpp>
#include <coffer/providers/local.hpp>

#include "io_backends/io_backend.hpp"
#include "providers/local/new_file.hpp"
#include "providers/local/store_folders.hpp"
#include "providers/local/subject.hpp"

namespace coffer {

/// What a provider shares with its sinks, sources and listers. Thread-safe.
class LocalStore {
 public:
  LocalStore(Runtime& runtime, std::shared_ptr<IoBackend> io, LocalConfig config, Uri root);

  Runtime& runtime() const noexcept { return runtime_; }
  const std::shared_ptr<IoBackend>& io() const noexcept { return io_; }
  const LocalConfig& config() const noexcept { return config_; }
  StoreFolders& folders() noexcept { return folders_; }
  Uri uri_of(const std::string& key) const { return root_.join(key); }
  Subject subject(std::string operation, const std::string& key) const;

  /// A new file that can be given a name in `folder`, which is on the same file system. `subject` outlives the task.
  Task<NewFile> co_new_file(const Subject& subject, FolderPtr folder, bool direct);
  /// The same with a name in the hidden folder, by which others can open it.
  Task<NewFile> co_new_named_file(const Subject& subject, FolderPtr folder, bool direct);
  /// Says once that this file system keeps no attributes.
  void warn_of_missing_attributes();

 private:
  Runtime& runtime_;
  const std::shared_ptr<IoBackend> io_;
  const LocalConfig config_;
  const Uri root_;
  StoreFolders folders_;
  std::atomic<bool> has_unnamed_files_;
  std::atomic<bool> warned_of_attributes_ = false;
};

}  // namespace coffer
