#include "providers/local/folder_names.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>

#include <dirent.h>
#include <fcntl.h>

#include "providers/local/file_calls.hpp"
#include "providers/local/paths.hpp"

namespace coffer {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};
using OpenFolder = std::unique_ptr<DIR, CloseFolder>;

enum class NameKind { file, folder, other };

int open_folder(int root, const std::string& path, OpenFolder& out) {
  Descriptor opened(open_beneath(root, path, O_RDONLY | O_DIRECTORY));
  if (!opened) return opened.number();
  out.reset(::fdopendir(opened.number()));
  if (!out) return -errno;
  opened.release();
  return 0;
}

NameKind kind_of(DIR* folder, const dirent& entry) {
  switch (entry.d_type) {
    case DT_REG:
      return NameKind::file;
    case DT_DIR:
      return NameKind::folder;
    case DT_UNKNOWN:
      break;
    default:
      return NameKind::other;
  }
  FileFacts facts;
  if (facts_at(::dirfd(folder), entry.d_name, facts) < 0) return NameKind::other;
  if (facts.is_regular()) return NameKind::file;
  return facts.is_folder() ? NameKind::folder : NameKind::other;
}

bool is_wanted(const NameQuery& query, const std::string& in_key, bool is_folder) {
  if (!in_key.starts_with(query.prefix)) return false;
  if (query.past && in_key <= *query.past) return false;
  return in_key > query.after || (is_folder && query.after.starts_with(in_key));
}

bool in_key_order(const FolderName& a, const FolderName& b) { return a.in_key() < b.in_key(); }

/// The next name of an object or a folder; 1, 0 at the end, or a negative errno.
int next_name(DIR* folder, bool is_root, FolderName& out) {
  for (;;) {
    errno = 0;
    const dirent* const entry = ::readdir(folder);
    if (entry == nullptr) return -errno;
    out.name = entry->d_name;
    if (out.name == "." || out.name == ".." || (is_root && out.name == hidden_folder)) continue;
    const NameKind kind = kind_of(folder, *entry);
    if (kind == NameKind::other) continue;
    out.is_folder = kind == NameKind::folder;
    return 1;
  }
}

}  // namespace

int read_names(int root, const std::string& path, const NameQuery& query, NamePart& out) {
  out = NamePart();
  OpenFolder folder;
  if (const int failed = open_folder(root, path, folder); failed < 0) return failed;
  FolderName name;
  for (;;) {
    const int read = next_name(folder.get(), path.empty(), name);
    if (read < 0) return read;
    if (read == 0) break;
    if (!is_wanted(query, name.in_key(), name.is_folder)) continue;
    out.names.push_back(name);
    if (out.names.size() < 2 * query.most) continue;
    const auto middle = out.names.begin() + static_cast<std::ptrdiff_t>(query.most);
    std::nth_element(out.names.begin(), middle, out.names.end(), in_key_order);
    out.names.erase(middle, out.names.end());
    out.more = true;
  }
  std::sort(out.names.begin(), out.names.end(), in_key_order);
  if (out.names.size() > query.most) {
    out.names.resize(query.most);
    out.more = true;
  }
  return 0;
}

int holds_objects(int root, const std::string& path) {
  OpenFolder folder;
  if (const int failed = open_folder(root, path, folder); failed < 0) return failed;
  std::vector<std::string> below;
  FolderName name;
  for (;;) {
    const int read = next_name(folder.get(), path.empty(), name);
    if (read < 0) return read;
    if (read == 0) break;
    if (!name.is_folder) return 1;
    below.push_back(joined(path, name.name));
  }
  folder.reset();
  for (const std::string& inner : below) {
    const int holds = holds_objects(root, inner);
    // Gone meanwhile, or not ours to look into.
    if (holds == -ENOENT || holds == -EACCES) continue;
    if (holds != 0) return holds;
  }
  return 0;
}

}  // namespace coffer
