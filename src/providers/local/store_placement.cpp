#include "providers/local/store_placement.hpp"

#include <cerrno>
#include <chrono>
#include <utility>

#include <coffer/base/content_type.hpp>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "providers/local/attribute_record.hpp"
#include "providers/local/file_calls.hpp"
#include "providers/local/file_standing.hpp"
#include "providers/local/key_lock.hpp"

namespace coffer {
namespace {

std::string type_for(const WriteOptions& options, const std::string& key) {
  return options.content_type().empty() ? std::string(content_type_of_name(key)) : options.content_type();
}

/// The record goes with the mtime that the last write left.
int put_record(int descriptor, AttributeRecord record) {
  FileFacts facts;
  if (const int failed = facts_of(descriptor, facts); failed < 0) return failed;
  record.modified_ns = facts.modified_ns;
  const int failed = write_attribute(descriptor, encode_record(record));
  if (failed != -ENOSPC) return failed;
  // ext4 says so too where there is space, but not for so large an attribute.
  struct statvfs space{};
  return ::fstatvfs(descriptor, &space) == 0 && space.f_bavail > 0 ? -E2BIG : failed;
}

}  // namespace

/// What has the object's name now.
struct StorePlacement::Existing {
  FilePtr file;
  FileFacts facts;
  std::string attribute;
};

StorePlacement::StorePlacement(std::shared_ptr<LocalStore> store, Subject subject, std::string key, KeyPlace place,
                               FolderPtr folder, WriteOptions options)
    : store_(std::move(store)),
      subject_(std::move(subject)),
      key_(std::move(key)),
      place_(std::move(place)),
      options_(std::move(options)),
      content_type_(type_for(options_, key_)),
      etag_(random_number()),
      folder_(std::move(folder)) {}

Task<> StorePlacement::co_prepare(FilePtr file, std::uint64_t size, std::uint32_t crc32c) {
  store_->folders().check_health();
  AttributeRecord record;
  record.size = size;
  record.crc32c = crc32c;
  record.etag = etag_;
  record.content_type = content_type_;
  record.metadata = options_.metadata();
  std::function<int()> call = [file, record] { return put_record(file->descriptor(), record); };
  const int result = co_await store_->io()->co_try("set the attribute of", std::move(call));
  if (result == -E2BIG) {
    throw subject_.refused(ErrorKind::too_large,
                           "the file system keeps less than these attributes with a file; shorten the metadata");
  }
  if (result < 0 && result != -EOPNOTSUPP) throw subject_.failed(-result, "set the attribute of");
  has_record_ = result >= 0;
  if (!has_record_) store_->warn_of_missing_attributes();
  co_await store_->io()->co_sync(file, true);
}

Task<Stored> StorePlacement::co_place(NewFile file, std::uint64_t size, std::uint32_t crc32c) {
  std::optional<Error> failed;
  try {
    co_await co_give_name(file);
  } catch (...) {
    failed = to_error(std::current_exception());
  }
  if (failed) {
    try {
      if (made_folders_) co_await store_->folders().co_prune(subject_, place_.folder);
    } catch (const Error&) {
      // The first failure is the one to tell. An empty folder that stays is no object and is removed with its
      // neighbours.
    }
    throw Error(*failed);
  }

  try {
    co_await store_->folders().co_commit(subject_, folder_);
  } catch (...) {
    throw subject_
        .refused(
            ErrorKind::outcome_unknown,
            "the object is whole and has its name, but the folder could not be flushed, so it may not survive a power "
            "cut; look at the device (dmesg), open the store again and store it again")
        .because(to_error(std::current_exception()));
  }
  if (followers_) co_await followers_->co_committed();
  Stored stored;
  stored.uri = store_->uri_of(key_);
  stored.size = size;
  stored.crc32c = crc32c;
  stored.content_type = content_type_;
  stored.etag = co_await co_etag(file.file);
  co_return stored;
}

Task<std::shared_ptr<LiveAnnouncement>> StorePlacement::co_announce(const TemporaryName& file) {
  LiveRecord record;
  record.key = key_;
  record.file = file.name();
  record.content_type = content_type_;
  const auto now = store_->runtime().clock().now().time_since_epoch();
  record.begun_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  followers_ = co_await LiveAnnouncement::co_make(*store_, subject_, std::move(record));
  co_return followers_;
}

Task<std::string> StorePlacement::co_etag(FilePtr file) {
  if (has_record_) co_return etag_text(etag_);
  auto facts = std::make_shared<FileFacts>();
  std::function<int()> call = [file, facts] { return facts_of(file->descriptor(), *facts); };
  co_await co_step(*store_->io(), subject_, "look at", std::move(call));
  co_return foreign_etag(*facts);
}

Task<> StorePlacement::co_give_name(NewFile& file) {
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    if (!folder_ || folder_->key != place_.folder) {
      made_folders_ = true;
      folder_ = co_await store_->folders().co_make(subject_, place_.folder);
    }
    if (options_.etag()) {
      if (co_await co_replace(file)) co_return;
      continue;
    }
    const int linked = co_await co_link(file);
    if (linked >= 0) co_return;
    if (linked == -ENOENT) {
      folder_ = nullptr;  // Removed while this object was written.
      continue;
    }
    if (linked != -EEXIST) throw subject_.failed(-linked, "link");
    if (!options_.if_absent_set()) {
      if (co_await co_replace(file)) co_return;
      continue;
    }
    const std::shared_ptr<Existing> existing = co_await co_look();
    if (!existing) continue;
    if (!existing->facts.is_folder()) {
      throw subject_.refused(ErrorKind::already_exists, "the object is there already");
    }
    co_await co_remove_empty_folder();
  }
  throw subject_.refused(ErrorKind::io, "the name is given away and freed as fast as it is looked at");
}

Task<int> StorePlacement::co_link(const NewFile& file) {
  std::function<int()> call = [file, folder = folder_, name = place_.name] {
    if (!file.temporary) return link_unnamed(file.file->descriptor(), folder->file->descriptor(), name);
    return move_to_free_name(file.temporary->folder(), file.temporary->name(), folder->file->descriptor(), name);
  };
  const int linked = co_await store_->io()->co_try("link", std::move(call));
  if (linked >= 0 && file.temporary) {
    file.temporary->moved();
    unlock(file.file->descriptor());
  }
  co_return linked;
}

// Null where nothing has the name.
Task<std::shared_ptr<StorePlacement::Existing>> StorePlacement::co_look() {
  auto opened = std::make_shared<OpenedFile>();
  std::function<int()> call = [opened, folder = folder_, name = place_.name, record = options_.etag().has_value()] {
    return look_at(folder->file->descriptor(), name, record, *opened);
  };
  const int result = co_await store_->io()->co_try("look at", std::move(call));
  if (result == -ENOENT) co_return nullptr;
  if (result < 0) throw subject_.failed(-result, "look at");
  auto existing = std::make_shared<Existing>();
  existing->file = std::make_shared<const File>(opened->descriptor.release(), store_->runtime().reaper());
  existing->facts = opened->facts;
  existing->attribute = opened->attribute;
  co_return existing;
}

Task<> StorePlacement::co_check_name() {
  if (folder_->key != place_.folder) co_return;
  const std::shared_ptr<Existing> existing = co_await co_look();
  if (!existing) co_return;
  if (existing->facts.is_folder()) co_return co_await co_remove_empty_folder();
  check_is_a_file(*existing);
}

void StorePlacement::check_is_a_file(const Existing& existing) const {
  if (S_ISLNK(existing.facts.mode)) throw subject_.failed(ELOOP, "replace");
  if (existing.facts.is_regular()) return;
  throw subject_.refused(ErrorKind::unsupported, "this name is that of a device, a pipe or a socket; remove it first");
}

// A folder without objects is no object and stands in nobody's way.
Task<> StorePlacement::co_remove_empty_folder() {
  std::function<int()> call = [folder = folder_, name = place_.name] {
    return remove_folder(folder->file->descriptor(), name);
  };
  const int result = co_await store_->io()->co_try("remove the folder", std::move(call));
  if (result == -ENOTEMPTY || result == -EEXIST) throw subject_.failed(EISDIR, "link");
  if (result < 0 && result != -ENOENT && result != -ENOTDIR) throw subject_.failed(-result, "remove the folder");
  store_->folders().name_is_new_or_gone(key_);
}

void StorePlacement::check_etag(const Existing& existing) const {
  if (!options_.etag()) return;
  const FileObject object = describe_file(store_->uri_of(key_), existing.facts, existing.attribute);
  if (object.info.etag == *options_.etag()) return;
  throw subject_.refused(ErrorKind::precondition_failed,
                         "the object was replaced: its etag is " + object.info.etag + ", not " + *options_.etag());
}

// False where the name was freed meanwhile.
Task<bool> StorePlacement::co_replace(NewFile& file) {
  const KeyLockPtr lock = co_await co_lock_key(store_->runtime(), store_->io(), store_->folders(), subject_, key_);
  // Holds the old file in being: its blocks are freed by the reaper, not by the rename.
  const std::shared_ptr<Existing> existing = co_await co_look();
  if (!existing) {
    if (options_.etag()) throw subject_.refused(ErrorKind::precondition_failed, "the object is not there");
    co_return false;
  }
  if (existing->facts.is_folder()) {
    co_await co_remove_empty_folder();
    co_return false;
  }
  check_is_a_file(*existing);
  check_etag(*existing);
  co_await co_name_aside(file);

  std::function<int()> call = [file, folder = folder_, name = place_.name] {
    return rename_file(file.temporary->folder(), file.temporary->name(), folder->file->descriptor(), name);
  };
  const int renamed = co_await store_->io()->co_try("rename to", std::move(call));
  if (renamed == -ENOENT) {
    folder_ = nullptr;
    co_return false;
  }
  if (renamed < 0) throw subject_.failed(-renamed, "rename to");
  file.temporary->moved();
  unlock(file.file->descriptor());
  co_return true;
}

// A link cannot replace a name, a rename can: so the file gets a name in the hidden folder first.
Task<> StorePlacement::co_name_aside(NewFile& file) {
  if (file.temporary) co_return;
  FolderPtr hidden = co_await store_->folders().co_hidden(subject_, "tmp");
  auto temporary = std::make_shared<TemporaryName>(store_->runtime().reaper(), hidden->file, random_name(16));
  std::function<int()> call = [file = file.file, temporary] {
    // Before the name is there: a collector takes what nobody holds locked.
    if (const int locked = try_lock(file->descriptor()); locked < 0) return locked;
    return link_unnamed(file->descriptor(), temporary->folder(), temporary->name());
  };
  co_await co_step(*store_->io(), subject_, "link aside", std::move(call));
  file.temporary = std::move(temporary);
}

}  // namespace coffer
