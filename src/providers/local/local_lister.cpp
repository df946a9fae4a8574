#include "providers/local/local_lister.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>

#include "providers/local/file_calls.hpp"
#include "providers/local/file_standing.hpp"
#include "providers/local/folder_names.hpp"
#include "providers/local/paths.hpp"

namespace coffer {
namespace {

// Files looked at in one call: on a Runtime's own thread it runs on the loop.
constexpr std::size_t looked_at_together = 32;

// At the top of ext2 to ext4, for root alone: nobody has objects there.
constexpr std::string_view file_systems_own = "lost+found";

/// What is known of listed files; nothing where one vanished.
struct Looks {
  std::vector<std::string> keys;
  std::vector<std::optional<OpenedFile>> files;
};

int facts_without_reading(int root, const std::string& key, FileFacts& facts) {
  const Descriptor file(open_beneath(root, key, O_PATH));
  return file ? facts_of(file.number(), facts) : file.number();
}

int look_at_all(int root, Looks& looks) {
  for (const std::string& key : looks.keys) {
    std::optional<OpenedFile>& file = looks.files.emplace_back(std::in_place);
    int result = open_file(root, key, *file);
    // Not ours to read: listed with what its folder tells.
    if (result == -EACCES) result = facts_without_reading(root, key, file->facts);
    file->descriptor = Descriptor();
    if (result == 0 && file->facts.is_regular()) continue;
    file.reset();
    // Gone, or replaced by something that is no object.
    if (result == 0 || result == -ENOENT || result == -ENOTDIR || result == -ELOOP || result == -ENXIO) continue;
    return result;
  }
  return 0;
}

/// Walks the tree in the order of keys, holding part of the names of each folder on its way.
class LocalLister final : public Lister {
 public:
  LocalLister(std::shared_ptr<LocalStore> store, std::string prefix, ListOptions options)
      : store_(std::move(store)),
        subject_(store_->subject("list", folder_above(prefix))),
        prefix_(std::move(prefix)),
        options_(std::move(options)) {
    if (!can_begin_a_key(prefix_)) return;
    Level start;
    start.folder = folder_above(prefix_);
    const std::string begin = start.folder.empty() ? std::string() : start.folder + "/";
    if (options_.after() > begin && !options_.after().starts_with(begin)) return;
    levels_.push_back(std::move(start));
  }

  Task<std::vector<ListEntry>> co_next() override {
    if (std::exchange(lost_its_place_, true)) {
      throw subject_.refused(ErrorKind::invalid_argument,
                             "this listing failed or was cancelled; begin a new one after the last name that came");
    }
    std::vector<ListEntry> page = co_await co_named(subject_, co_next_or_refuse());
    lost_its_place_ = false;
    co_return std::move(page);
  }

 private:
  /// A folder on the way from where the walk began to where it is.
  struct Level {
    std::string folder;
    NamePart part;
    std::size_t next = 0;
    bool read = false;
  };

  // What may be read comes first; then whoever takes this for all there is is told.
  Task<std::vector<ListEntry>> co_next_or_refuse() {
    std::vector<ListEntry> page = co_await co_next_page();
    if (page.empty() && unread_count_ != 0) throw unread();
    co_return std::move(page);
  }

  void note_unread(const std::string& folder) {
    if (folder == file_systems_own) return;
    if (unread_count_++ == 0) unread_ = folder + "/";
  }

  Error unread() const {
    std::string why = "this user may not read this folder";
    if (unread_count_ > 1) why += ", nor " + std::to_string(unread_count_ - 1) + " more";
    why += "; what lies there is not listed, all else was";
    return Error(ErrorKind::permission_denied, std::move(why)).about(store_->uri_of(unread_).text());
  }

  Task<std::vector<ListEntry>> co_next_page() {
    const std::size_t most = std::max<std::size_t>(options_.page_size(), 1);
    std::vector<ListEntry> page;
    FolderPtr root = co_await store_->folders().co_root(subject_);
    while (root && page.size() < most && !levels_.empty()) {
      std::vector<std::string> keys;
      const std::size_t wanted = std::min(most - page.size(), looked_at_together);
      std::optional<std::string> common = co_await co_next_keys(root, wanted, keys);
      co_await co_describe(root, std::move(keys), page);
      if (common) page.push_back(common_prefix(std::move(*common)));
    }
    co_return std::move(page);
  }

  // Collects keys of files until there are enough, or up to a common prefix, which comes after them.
  Task<std::optional<std::string>> co_next_keys(FolderPtr root, std::size_t most, std::vector<std::string>& keys) {
    std::optional<std::string> common;
    while (keys.size() < most && !levels_.empty()) {
      const bool has_name = co_await co_make_ready(root);
      if (!has_name) continue;
      Level& level = levels_.back();
      const FolderName name = level.part.names[level.next++];
      std::string key = joined(level.folder, name.in_key());
      if (!name.is_folder) {
        keys.push_back(std::move(key));
      } else if (options_.recursive()) {
        Level below;
        below.folder = key.substr(0, key.size() - 1);
        levels_.push_back(std::move(below));
      } else if (key > options_.after()) {
        const bool is_one = co_await co_holds_objects(root, key);
        if (!is_one) continue;
        common = std::move(key);
        co_return common;
      }
    }
    co_return common;
  }

  // Whether the deepest level has a name to give; else the walk has gone on to read more names, or one level up.
  Task<bool> co_make_ready(FolderPtr root) {
    Level& level = levels_.back();
    if (level.next < level.part.names.size()) co_return true;
    if (level.read && !level.part.more) {
      levels_.pop_back();
      co_return false;
    }
    NameQuery query = query_for(level);
    auto part = std::make_shared<NamePart>();
    std::function<int()> call = [part, root, folder = level.folder, query = std::move(query)] {
      return read_names(root->file->descriptor(), folder, query, *part);
    };
    const int result = co_await co_long_try(store_->runtime(), store_->io(), "list", std::move(call));
    const bool gone = result == -ENOENT || result == -ENOTDIR || result == -ELOOP;
    const bool not_ours = result == -EACCES && levels_.size() > 1;
    if (result < 0 && !gone && !not_ours) throw subject_.failed(-result, "list");
    if (not_ours) note_unread(levels_.back().folder);
    Level& read = levels_.back();
    read.part = std::move(*part);
    read.next = 0;
    read.read = true;
    co_return false;
  }

  NameQuery query_for(const Level& level) const {
    NameQuery query;
    const std::string begin = level.folder.empty() ? std::string() : level.folder + "/";
    if (prefix_.starts_with(begin)) query.prefix = prefix_.substr(begin.size());
    if (options_.after().starts_with(begin)) query.after = options_.after().substr(begin.size());
    if (level.read && !level.part.names.empty()) query.past = level.part.names.back().in_key();
    return query;
  }

  Task<bool> co_holds_objects(FolderPtr root, const std::string& prefix) {
    std::function<int()> call = [root, folder = prefix.substr(0, prefix.size() - 1)] {
      return holds_objects(root->file->descriptor(), folder);
    };
    const int result = co_await co_long_try(store_->runtime(), store_->io(), "list", std::move(call));
    if (result == -ENOENT) co_return false;
    // It may hold some.
    if (result == -EACCES) co_return prefix != std::string(file_systems_own) + "/";
    if (result < 0) throw subject_.failed(-result, "list");
    co_return result > 0;
  }

  Task<> co_describe(FolderPtr root, std::vector<std::string> keys, std::vector<ListEntry>& page) {
    if (keys.empty()) co_return;
    auto looks = std::make_shared<Looks>();
    looks->keys = std::move(keys);
    std::function<int()> call = [looks, root] { return look_at_all(root->file->descriptor(), *looks); };
    co_await co_step(*store_->io(), subject_, "look at files of", std::move(call));
    for (std::size_t i = 0; i < looks->keys.size(); ++i) {
      if (!looks->files[i]) continue;
      ListEntry entry;
      entry.key = looks->keys[i];
      entry.info = describe_file(store_->uri_of(entry.key), looks->files[i]->facts, looks->files[i]->attribute).info;
      page.push_back(std::move(entry));
    }
  }

  ListEntry common_prefix(std::string key) const {
    ListEntry entry;
    entry.info.uri = store_->uri_of(key);
    entry.key = std::move(key);
    entry.is_prefix = true;
    return entry;
  }

  const std::shared_ptr<LocalStore> store_;
  const Subject subject_;
  const std::string prefix_;
  const ListOptions options_;
  std::vector<Level> levels_;
  bool lost_its_place_ = false;  // In the middle of a page.
  // Folders below where the walk began that this user may not read: the first, and how many.
  std::string unread_;
  std::size_t unread_count_ = 0;
};

}  // namespace

ListerPtr make_local_lister(std::shared_ptr<LocalStore> store, std::string prefix, ListOptions options) {
  return std::make_unique<LocalLister>(std::move(store), std::move(prefix), std::move(options));
}

}  // namespace coffer
