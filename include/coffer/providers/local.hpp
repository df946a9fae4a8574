#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <coffer/storage/provider.hpp>

namespace coffer {

class IoBackend;

/// When a store on disk acknowledges a commit.
enum class Durability : std::uint8_t {
  strict,  ///< Data flushed, name linked, folder flushed (flushes of waiting commits are shared). Safe on every file
           ///< system.
};

/// Settings of a store in a folder.
class LocalConfig {
 public:
  /// The folder; made (with its parents) at the first commit where it is not there. Absolute.
  explicit LocalConfig(std::filesystem::path folder) : folder_(std::move(folder)) {}
  LocalConfig&& durability(Durability durability) && {
    durability_ = durability;
    return std::move(*this);
  }
  /// Whether O_TMPFILE and O_DIRECT are used where the file system has them. Default true; off only in tests of the
  /// recipes that take over elsewhere.
  LocalConfig&& unnamed_files(bool on) && {
    unnamed_files_ = on;
    return std::move(*this);
  }
  LocalConfig&& direct_io(bool on) && {
    direct_io_ = on;
    return std::move(*this);
  }

  /// Whether the folder, where the store makes it, is for its owner alone (mode 0700). Default false: as the umask
  /// says.
  LocalConfig&& owner_only(bool on) && {
    owner_only_ = on;
    return std::move(*this);
  }

  const std::filesystem::path& folder() const noexcept { return folder_; }
  Durability durability() const noexcept { return durability_; }
  bool unnamed_files() const noexcept { return unnamed_files_; }
  bool direct_io() const noexcept { return direct_io_; }
  bool owner_only() const noexcept { return owner_only_; }

 private:
  std::filesystem::path folder_;
  Durability durability_ = Durability::strict;
  bool unnamed_files_ = true;
  bool direct_io_ = true;
  bool owner_only_ = false;
};

/// A store that is a plain folder: the object `a/b.mp4` is the file `a/b.mp4`, readable by any program; checksum, type
/// and metadata are kept as an attribute of the file. One hidden folder, `.coffer`, holds Coffer's own. See
/// docs/local_store.md.
ProviderPtr make_local_provider(Runtime& runtime, std::shared_ptr<IoBackend> io, LocalConfig config);

/// Read-only access to files outside every store, below the roots given (each a folder or one file): what a user named
/// on a command line. Never writes or removes (Error{read_only}); listing is unsupported.
ProviderPtr make_foreign_files(Runtime& runtime, std::shared_ptr<IoBackend> io,
                               std::vector<std::filesystem::path> roots);

/// A plain file as the target of a stream, outside every store: appears whole under `path` at commit, durably, or not
/// at all. Error{already_exists} at commit where it is there and `options` say `if_absent()`.
Task<SinkPtr> co_create_file(Runtime& runtime, std::shared_ptr<IoBackend> io, std::filesystem::path path,
                             WriteOptions options);

/// What a killed writer left behind.
struct Leftover {
  std::filesystem::path path;
  std::uint64_t bytes = 0;
  std::chrono::system_clock::time_point modified;
};

/// Finds what killed writers left in a store's hidden folder, and unless `dry_run` removes it. Only what no living
/// process holds locked and what is older than `older_than` counts.
Task<std::vector<Leftover>> co_collect_leftovers(Runtime& runtime, std::shared_ptr<IoBackend> io,
                                                 std::filesystem::path folder, std::chrono::seconds older_than,
                                                 bool dry_run);

}  // namespace coffer
