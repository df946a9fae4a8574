#include "providers/local/local_store.hpp"

#include <cerrno>
#include <optional>
#include <utility>

#include "providers/local/paths.hpp"

namespace coffer {

LocalStore::LocalStore(Runtime& runtime, std::shared_ptr<IoBackend> io, LocalConfig config, Uri root)
    : runtime_(runtime),
      io_(std::move(io)),
      config_(std::move(config)),
      root_(std::move(root)),
      folders_(runtime, io_, config_.folder(), config_.owner_only()),
      has_unnamed_files_(config_.unnamed_files()) {}

Subject LocalStore::subject(std::string operation, const std::string& key) const {
  Subject subject;
  subject.operation = std::move(operation);
  subject.uri = key.empty() ? root_.text() : uri_of(key).text();
  subject.path = (config_.folder() / key).string();
  return subject;
}

Task<NewFile> LocalStore::co_new_file(const Subject& subject, FolderPtr folder, bool direct) {
  direct = direct && config_.direct_io();
  if (has_unnamed_files_) {
    std::optional<NewFile> unnamed = co_await co_open_unnamed(runtime_, io_, subject, folder->file, direct);
    if (unnamed) co_return std::move(*unnamed);
    has_unnamed_files_ = false;
  }
  co_return co_await co_new_named_file(subject, std::move(folder), direct);
}

Task<NewFile> LocalStore::co_new_named_file(const Subject& subject, FolderPtr folder, bool direct) {
  FolderPtr hidden = co_await folders_.co_hidden(subject, "tmp");
  // Known before anything is written: it could not be moved there.
  if (hidden->device != folder->device) throw subject.failed(EXDEV, "open a temporary file for");
  co_return co_await co_open_temporary(runtime_, io_, subject, hidden->file, std::string(),
                                       direct && config_.direct_io());
}

void LocalStore::warn_of_missing_attributes() {
  if (warned_of_attributes_.exchange(true)) return;
  runtime_.observer().warn("the file system of " + config_.folder().string() +
                           " keeps no user attributes: checksums, content types and metadata of objects are not kept, "
                           "and nothing is verified; put the store on ext4, XFS or btrfs");
}

}  // namespace coffer
