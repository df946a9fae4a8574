#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <coffer/storage/journal_store.hpp>

namespace coffer {

// System calls as the journals in a folder need them. All block; each returns a value >= 0 or a negative errno. They
// run inside IoBackend::co_try.

/// Closed when it is dropped. For the length of some calls.
class OwnedDescriptor {
 public:
  explicit OwnedDescriptor(int number = -1) noexcept : number_(number) {}
  OwnedDescriptor(OwnedDescriptor&& other) noexcept : number_(other.release()) {}
  OwnedDescriptor& operator=(OwnedDescriptor&& other) noexcept;
  ~OwnedDescriptor();
  int number() const noexcept { return number_; }
  int release() noexcept;

 private:
  int number_;
};

/// A lock file that this process holds, or tried to.
struct LockTry {
  OwnedDescriptor file;
  bool locked = false;
  /// Who holds it, where somebody else does: what is written in it.
  std::string holder;
};

/// Makes a folder and what is missing above it, for this user alone from `.coffer` on, each name durable.
int make_journal_folder(const std::filesystem::path& folder);
/// Names in a folder that do not begin with '.', sorted; -ENOENT where it is not there.
int list_names(const std::filesystem::path& folder, std::vector<std::string>& names);
/// Of these names those that are folders.
int list_folders(const std::filesystem::path& folder, std::vector<std::string>& names);
int read_whole(const std::filesystem::path& file, std::string& bytes);
/// -ENOENT where the run's folder is not there. 0 too where somebody else holds it, or where the folder was removed
/// meanwhile: then neither `locked` nor `holder` is set.
int try_lock(const std::filesystem::path& run_folder, LockTry& out);
/// Whether somebody holds it, and what is written in it: `locked` where nobody does. Takes no lock.
int look_at_lock(const std::filesystem::path& run_folder, LockTry& out);
/// In the place of what stands there; nothing where the disk is full.
int write_holder(int lock, const std::string& text) noexcept;
/// A new file with these bytes, durable with its name: -EEXIST where it is there. `file` is open for writing. Beside it
/// the room for another one is kept.
int make_segment_file(const std::filesystem::path& run_folder, const std::string& name, const std::string& bytes,
                      SegmentRoom room, OwnedDescriptor& file);
/// A file with these bytes, durable with its name, in the place of one of this name.
int replace_file(const std::filesystem::path& folder, const std::string& name, const std::string& bytes);
/// Durable.
int rename_in_folder(const std::filesystem::path& folder, const std::string& from, const std::string& to);

/// This process and this machine.
RunHolder this_holder(std::chrono::system_clock::time_point now);
/// Whether the process is known to have ended.
bool has_ended(const RunHolder& holder);

}  // namespace coffer
