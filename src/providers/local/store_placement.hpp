#pragma once

#include <memory>
#include <optional>
#include <string>

#include <coffer/storage/options.hpp>

#include "providers/local/file_sink.hpp"
#include "providers/local/live_announcement.hpp"
#include "providers/local/local_store.hpp"
#include "providers/local/paths.hpp"

namespace coffer {

/// Puts a new file into a store under its key.
class StorePlacement final : public Placement {
 public:
  /// `folder` is the object's folder, or one above it where that is not there yet.
  StorePlacement(std::shared_ptr<LocalStore> store, Subject subject, std::string key, KeyPlace place, FolderPtr folder,
                 WriteOptions options);

  Task<> co_prepare(FilePtr file, std::uint64_t size, std::uint32_t crc32c) override;
  Task<Stored> co_place(NewFile file, std::uint64_t size, std::uint32_t crc32c) override;

  /// Fails early where the name can never be given: a folder with objects, a symbolic link or a device has it.
  Task<> co_check_name();
  /// Lets others find the file, which has this name, while it is written; tells them when it is placed.
  Task<std::shared_ptr<LiveAnnouncement>> co_announce(const TemporaryName& file);
  const std::string& content_type() const noexcept { return content_type_; }

 private:
  struct Existing;
  Task<> co_give_name(NewFile& file);
  Task<int> co_link(const NewFile& file);
  Task<std::shared_ptr<Existing>> co_look();
  Task<> co_remove_empty_folder();
  Task<bool> co_replace(NewFile& file);
  Task<> co_name_aside(NewFile& file);
  void check_is_a_file(const Existing& existing) const;
  void check_etag(const Existing& existing) const;
  Task<std::string> co_etag(FilePtr file);

  const std::shared_ptr<LocalStore> store_;
  const Subject subject_;
  const std::string key_;
  const KeyPlace place_;
  const WriteOptions options_;
  const std::string content_type_;
  const std::uint64_t etag_;
  FolderPtr folder_;
  std::shared_ptr<LiveAnnouncement> followers_;  // Null where nobody may follow.
  bool has_record_ = false;
  bool made_folders_ = false;
};

}  // namespace coffer
