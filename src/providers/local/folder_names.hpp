#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace coffer {

/// A name in a folder that is an object or leads to some.
struct FolderName {
  std::string name;
  bool is_folder = false;

  /// As it stands in a key: keys below a folder sort as if its name ended in '/': "a-b" < "a/b" < "ab".
  std::string in_key() const { return is_folder ? name + "/" : name; }
  friend bool operator==(const FolderName&, const FolderName&) = default;
};

/// Which names of a folder are wanted. All texts are compared with `in_key()`.
struct NameQuery {
  /// Names that begin with it.
  std::string prefix;
  /// Names after it; and the folder that it leads into.
  std::string after;
  /// Names after it; for the next part of a folder with more than `most` names.
  std::optional<std::string> past;
  std::size_t most = std::size_t{1} << 16U;
};

/// Part of a folder's names, in the order of keys.
struct NamePart {
  std::vector<FolderName> names;
  bool more = false;  ///< The folder has further names; ask again, past the last one.
};

/// Reads names of the folder `path` below `root`. Symbolic links and special files are left out, and in the store's own
/// folder ("") the hidden one. Holds at most twice `query.most` names, however many there are. 0 or a negative errno.
int read_names(int root, const std::string& path, const NameQuery& query, NamePart& out);

/// Whether a regular file lies in the folder or below it: 1 or 0, or a negative errno.
int holds_objects(int root, const std::string& path);

}  // namespace coffer
