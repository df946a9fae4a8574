#include "providers/local/local_remove.hpp"

#include <cerrno>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include "providers/local/file_calls.hpp"
#include "providers/local/file_standing.hpp"
#include "providers/local/folder_names.hpp"
#include "providers/local/key_lock.hpp"
#include "providers/local/paths.hpp"

namespace coffer {
namespace {

bool means_gone(int code) { return code == -ENOENT || code == -ENOTDIR; }

class Remover {
 public:
  explicit Remover(std::shared_ptr<LocalStore> store, std::string key)
      : store_(std::move(store)), subject_(store_->subject("remove", key)), key_(std::move(key)) {}

  const Subject& subject() const noexcept { return subject_; }

  Task<> co_remove_one(RemoveOptions options) {
    const KeyPlace place = place_of_key(key_).value();
    store_->folders().check_health();
    FolderPtr folder = co_await store_->folders().co_open(subject_, place.folder);
    if (!folder) co_return check_absence(options);
    const KeyLockPtr lock = co_await co_lock_key(store_->runtime(), store_->io(), store_->folders(), subject_, key_);
    const bool removed = co_await co_remove_file(folder, place.name, &options);
    // Also where it is not there: a kill may have come between it and its folder.
    FolderPtr stays = co_await store_->folders().co_prune(subject_, place.folder);
    const bool is_changed = removed || !stays || stays->key != place.folder;
    if (stays && is_changed) co_await store_->folders().co_commit(subject_, std::move(stays));
    if (!removed) check_absence(options);
  }

  Task<> co_remove_all() {
    if (!can_begin_a_key(key_)) co_return;
    store_->folders().check_health();
    FolderPtr root = co_await store_->folders().co_root(subject_);
    if (!root) co_return;
    const std::string top = folder_above(key_);
    co_await co_empty(root, top);
    FolderPtr stays = co_await store_->folders().co_prune(subject_, top);
    if (stays) co_await store_->folders().co_commit(subject_, std::move(stays));
  }

 private:
  struct Level {
    std::string folder;
    std::vector<FolderName> names;
    std::size_t next = 0;
    std::optional<std::string> past;
    bool more = true;
  };

  void check_absence(const RemoveOptions& options) const {
    if (options.etag()) throw subject_.refused(ErrorKind::precondition_failed, "the object is not there");
  }

  // False where no object has the name.
  Task<bool> co_remove_file(FolderPtr folder, std::string name, const RemoveOptions* options) {
    auto opened = std::make_shared<OpenedFile>();
    const bool with_record = options != nullptr && options->etag().has_value();
    std::function<int()> look = [opened, folder, name, with_record] {
      return look_at(folder->file->descriptor(), name, with_record, *opened);
    };
    const int looked = co_await store_->io()->co_try("look at", std::move(look));
    if (means_gone(looked)) co_return false;
    if (looked < 0) throw subject_.failed(-looked, "look at");
    // Holds the file in being: its blocks are freed by the reaper, not by the unlink.
    const FilePtr held = std::make_shared<const File>(opened->descriptor.release(), store_->runtime().reaper());
    if (opened->facts.is_folder()) co_return false;
    if (S_ISLNK(opened->facts.mode)) throw subject_.failed(ELOOP, "remove");
    if (!opened->facts.is_regular()) {
      throw subject_.refused(ErrorKind::unsupported,
                             "this name is that of a device, a pipe or a socket, not of an object");
    }
    if (with_record) check_etag(*opened, *options);
    std::function<int()> call = [folder, name] { return remove_file(folder->file->descriptor(), name); };
    const int removed = co_await store_->io()->co_try("remove", std::move(call));
    if (means_gone(removed)) co_return false;
    if (removed < 0) throw subject_.failed(-removed, "remove");
    co_return true;
  }

  void check_etag(const OpenedFile& opened, const RemoveOptions& options) const {
    const FileObject object = describe_file(store_->uri_of(key_), opened.facts, opened.attribute);
    if (object.info.etag == *options.etag()) return;
    throw subject_.refused(ErrorKind::precondition_failed,
                           "the object was replaced: its etag is " + object.info.etag + ", not " + *options.etag());
  }

  // Depth first, holding part of the names of each folder on the way.
  Task<> co_empty(FolderPtr root, std::string top) {
    std::vector<Level> levels;
    levels.emplace_back().folder = top;
    while (!levels.empty()) {
      Level& level = levels.back();
      if (level.next < level.names.size()) {
        const FolderName name = level.names[level.next++];
        if (name.is_folder) {
          std::string below = joined(level.folder, name.name);
          levels.emplace_back().folder = std::move(below);
        } else {
          co_await co_remove_listed(level.folder, name.name);
        }
      } else if (level.more) {
        co_await co_read_names(root, level);
      } else {
        const std::string done = level.folder;
        levels.pop_back();
        if (done != top) co_await co_remove_emptied(done);
      }
    }
  }

  Task<> co_read_names(FolderPtr root, Level& level) {
    NameQuery query;
    query.past = level.past;
    auto part = std::make_shared<NamePart>();
    std::function<int()> call = [part, root, folder = level.folder, query] {
      return read_names(root->file->descriptor(), folder, query, *part);
    };
    const int result = co_await co_long_try(store_->runtime(), store_->io(), "list", std::move(call));
    if (result < 0 && !means_gone(result) && result != -ELOOP) throw subject_.failed(-result, "list");
    level.names = std::move(part->names);
    level.next = 0;
    level.more = part->more;
    if (!level.names.empty()) level.past = level.names.back().in_key();
  }

  Task<> co_remove_listed(std::string folder_key, std::string name) {
    FolderPtr folder = co_await store_->folders().co_open(subject_, std::move(folder_key));
    if (folder) co_await co_remove_file(std::move(folder), std::move(name), nullptr);
  }

  // A folder that is not empty stays and is flushed: names were removed from it.
  Task<> co_remove_emptied(std::string key) {
    FolderPtr stays = co_await store_->folders().co_prune(subject_, key);
    if (stays && stays->key == key) co_await store_->folders().co_commit(subject_, std::move(stays));
  }

  const std::shared_ptr<LocalStore> store_;
  const Subject subject_;
  const std::string key_;
};

}  // namespace

Task<> co_remove_object(std::shared_ptr<LocalStore> store, std::string key, RemoveOptions options) {
  Remover remover(std::move(store), std::move(key));
  co_await co_named(remover.subject(), remover.co_remove_one(std::move(options)));
}

Task<> co_remove_below(std::shared_ptr<LocalStore> store, std::string prefix) {
  Remover remover(std::move(store), std::move(prefix));
  co_await co_named(remover.subject(), remover.co_remove_all());
}

}  // namespace coffer
