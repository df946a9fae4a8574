#include <utility>

#include <coffer/providers/local.hpp>

#include "providers/local/attribute_record.hpp"
#include "providers/local/file_sink.hpp"
#include "providers/local/follow_object.hpp"
#include "providers/local/local_copy.hpp"
#include "providers/local/local_lister.hpp"
#include "providers/local/local_remove.hpp"
#include "providers/local/local_store.hpp"
#include "providers/local/open_object.hpp"
#include "providers/local/paths.hpp"
#include "providers/local/store_placement.hpp"
#include "storage/copy_stream.hpp"

namespace coffer {
namespace {

Error absent(const Subject& subject) { return subject.refused(ErrorKind::not_found, "there is no such object"); }

/// Null where there is no such object. `subject` outlives the task.
Task<OpenObjectPtr> co_find(std::shared_ptr<LocalStore> store, const Subject& subject, std::string key) {
  place_of_key(key).value();
  FolderPtr root = co_await store->folders().co_root(subject);
  if (!root) co_return nullptr;
  Uri uri = store->uri_of(key);
  co_return co_await co_open_object(store->runtime(), store->io(), root->file, std::move(key), std::move(uri), subject,
                                    store->config().direct_io());
}

/// The object that the options ask for.
Task<OpenObjectPtr> co_find_for_reading(std::shared_ptr<LocalStore> store, const Subject& subject, std::string key,
                                        const ReadOptions& options) {
  OpenObjectPtr object = co_await co_find(std::move(store), subject, std::move(key));
  if (!object) throw absent(subject);
  check_etag(*object, options);
  warn_if_changed(*object);
  co_return object;
}

Task<SinkPtr> co_begin(std::shared_ptr<LocalStore> store, const Subject& subject, std::string key,
                       WriteOptions options) {
  KeyPlace place = place_of_key(key).value();
  check_record_fits(options.content_type(), options.metadata()).value();
  store->folders().check_health();
  FolderPtr folder = co_await store->folders().co_nearest(subject, place.folder);
  const std::optional<std::uint64_t> size = options.size();
  const bool live = options.live_set();
  auto placement =
      std::make_shared<StorePlacement>(store, subject, std::move(key), std::move(place), folder, std::move(options));
  co_await placement->co_check_name();
  NewFile file;
  std::shared_ptr<LiveAnnouncement> followers;
  if (live) {
    file = co_await store->co_new_named_file(subject, std::move(folder), true);
    followers = co_await placement->co_announce(*file.temporary);
  } else {
    file = co_await store->co_new_file(subject, std::move(folder), true);
  }
  if (size) co_await co_reserve(store->runtime(), store->io(), subject, file.file, *size);
  co_return make_file_sink(store->runtime(), store->io(), std::move(file), std::move(placement), size,
                           std::move(followers), subject);
}

class LocalProvider final : public StorageProvider {
 public:
  LocalProvider(Runtime& runtime, std::shared_ptr<IoBackend> io, LocalConfig config, Uri root)
      : StorageProvider(runtime, root),
        store_(std::make_shared<LocalStore>(runtime, std::move(io), std::move(config), std::move(root))) {}

  Capabilities capabilities() const override {
    Capabilities can;
    can.name_beside_prefix = false;
    can.read_before_commit = true;
    can.distance = Distance::disk;
    can.follow = true;
    return can;
  }

  Task<std::optional<ObjectInfo>> co_head(std::string key) override {
    const Subject subject = store_->subject("look at", key);
    OpenObjectPtr object = co_await co_named(subject, co_find(store_, subject, std::move(key)));
    std::optional<ObjectInfo> info;
    if (object) info = object->object.info;
    co_return info;
  }

  Task<SourcePtr> co_open(std::string key, ReadOptions options) override {
    const Subject subject = store_->subject("read", key);
    OpenObjectPtr object = co_await co_named(subject, co_find_for_reading(store_, subject, std::move(key), options));
    const Result<Extent> extent = options.range().within(*object->object.info.size);
    if (!extent) throw subject.named(extent.error());
    co_return make_file_source(std::move(object), *extent, options.verify());
  }

  Task<SourcePtr> co_follow(std::string key, FollowOptions options) override {
    const Subject subject = store_->subject("follow", key);
    co_return co_await co_named(subject, co_follow_object(store_, subject, std::move(key), options));
  }

  Task<ObjectPtr> co_object(std::string key, ReadOptions options) override {
    refuse_range(key, options);
    const Subject subject = store_->subject("read", key);
    OpenObjectPtr object = co_await co_named(subject, co_find_for_reading(store_, subject, std::move(key), options));
    co_return make_file_object(std::move(object));
  }

  Task<SinkPtr> co_create(std::string key, WriteOptions options) override {
    const Subject subject = store_->subject("store", key);
    co_return co_await co_named(subject, co_begin(store_, subject, std::move(key), std::move(options)));
  }

  Task<ListerPtr> co_list(std::string prefix, ListOptions options) override {
    co_return make_local_lister(store_, std::move(prefix), std::move(options));
  }

  Task<> co_remove(std::string key, RemoveOptions options) override {
    if (!options.recursive_set()) co_return co_await co_remove_object(store_, std::move(key), std::move(options));
    const Subject subject = store_->subject("remove", key);
    if (!key.empty() && !key.ends_with('/')) {
      throw subject.refused(ErrorKind::invalid_argument, "what is removed recursively is empty or ends in '/'");
    }
    if (options.etag()) {
      throw subject.refused(ErrorKind::invalid_argument, "an etag is that of one object; none is removed recursively");
    }
    co_await co_remove_below(store_, std::move(key));
  }

  Task<Stored> co_copy(std::string from, std::string to, WriteOptions options) override {
    const Subject subject = store_->subject("copy", from);
    OpenObjectPtr object = co_await co_named(subject, co_find(store_, subject, from));
    if (!object) throw absent(subject);
    // Without a checksum to keep, the bytes have to be seen. A size that was announced is checked there too.
    if (object->object.standing != Standing::intact || options.size()) {
      co_return co_await StorageProvider::co_copy(std::move(from), std::move(to), std::move(options));
    }
    WriteOptions complete = with_facts_of(std::move(options), object->object.info);
    const Subject target = store_->subject("copy to", to);
    std::optional<Stored> copied = co_await co_named(target, co_copy_file(store_, object, to, complete));
    if (copied) co_return std::move(*copied);
    co_return co_await StorageProvider::co_copy(std::move(from), std::move(to), std::move(complete));
  }

  std::optional<std::filesystem::path> local_path(const std::string& key) const override {
    if (!place_of_key(key)) return std::nullopt;
    return store_->config().folder() / key;
  }

 private:
  const std::shared_ptr<LocalStore> store_;
};

}  // namespace

ProviderPtr make_local_provider(Runtime& runtime, std::shared_ptr<IoBackend> io, LocalConfig config) {
  const std::filesystem::path folder = config.folder().lexically_normal();
  if (!folder.is_absolute()) {
    throw Error(ErrorKind::invalid_argument,
                "the folder of a store must be absolute, and \"" + config.folder().string() + "\" is not");
  }
  std::string text = folder.string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  LocalConfig plain = LocalConfig(text)
                          .durability(config.durability())
                          .unnamed_files(config.unnamed_files())
                          .direct_io(config.direct_io())
                          .owner_only(config.owner_only());
  Uri root = Uri::of_file(text).value();
  return std::make_shared<LocalProvider>(runtime, std::move(io), std::move(plain), std::move(root));
}

}  // namespace coffer
