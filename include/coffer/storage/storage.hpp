#pragma once

#include <memory>
#include <optional>
#include <string>

#include <coffer/async/runtime.hpp>
#include <coffer/storage/disk_cache.hpp>
#include <coffer/storage/journal_store.hpp>
#include <coffer/storage/provider_registry.hpp>
#include <coffer/stream/scratch.hpp>

namespace coffer {

class ReadAhead;

/// Objects by URI: the root picks the provider; one provider is active and names new objects. Thread-safe; outlives
/// every task, source, sink, object and lister it gave. All calls throw Error (kinds as each provider call has them,
/// and Error{not_found} for a URI that no provider serves). Parameters are taken by value: nothing must stay alive.
class Storage {
 public:
  /// `journals`: where runs in the active store write what they do; null: nowhere, so that runs have no ids. `cache`:
  /// where co_prefetch keeps what memory has no room for; null: nowhere.
  Storage(Runtime& runtime, ProviderRegistry providers, std::shared_ptr<Scratch> scratch = nullptr,
          std::shared_ptr<JournalStore> journals = nullptr, std::shared_ptr<DiskCache> cache = nullptr);

  /// The whole object; Error{too_large} beyond `max_bytes` (1 GiB). The only way in which memory grows with an object.
  Task<std::string> co_load(Uri from, ReadOptions options = {});
  /// Streamed, ranged, in chunks of the budget.
  Task<SourcePtr> co_open(Uri from, ReadOptions options = {});
  /// An object that somebody, also in another process, is still writing with WriteOptions().live(): every byte from the
  /// start, the end only after the commit; Error{writer_failed} where it never comes. See StorageProvider::co_follow.
  Task<SourcePtr> co_follow(Uri from, FollowOptions options = {});
  /// Reads an object ahead, or a range of it, so that a later co_load or co_open finds it near: in memory, up to a
  /// quarter of the budget, which streams that need it get back at once; where that has no room, all of a distant
  /// object in the disk cache, where there is one. It only ever saves time: later calls do what they would have done,
  /// and what is near of an object that was changed or damaged is not used. Returns when it is read, or at once where
  /// another call reads it already (a load joins in all the same); cancelled or failed, it leaves nothing. Throws what
  /// the store throws, never an Error of the cache. Objects without an etag are not read ahead.
  Task<Prefetched> co_prefetch(Uri from, PrefetchOptions options = {});
  /// Gives back at once the memory of what was read ahead of it. What is in the cache stays there.
  void drop_prefetched(const Uri& uri);
  /// Bytes of objects below this URI that co_prefetch can keep near, all together; 0 where nothing is won by it, or no
  /// provider serves it. Another program's reading ahead comes out of the same.
  std::uint64_t prefetch_limit(const Uri& uri) const;
  /// Random access on one open object.
  Task<ObjectPtr> co_object(Uri from, ReadOptions options = {});
  /// Stores under a name that the active provider gives.
  Task<Stored> co_store(std::string bytes, WriteOptions options = {});
  Task<Stored> co_store(SourcePtr source, WriteOptions options = {});
  Task<Stored> co_store_at(Uri to, std::string bytes, WriteOptions options = {});
  Task<Stored> co_store_at(Uri to, SourcePtr source, WriteOptions options = {});
  /// A sink to write and commit.
  Task<SinkPtr> co_create(Uri to, WriteOptions options = {});
  Task<SinkPtr> co_create(WriteOptions options = {});
  /// Inside one store by its own means (reflink, copy_file_range, server side), else streamed.
  Task<Stored> co_copy(Uri from, Uri to, WriteOptions options = {});
  /// Nothing if absent.
  Task<std::optional<ObjectInfo>> co_head(Uri uri);
  Task<ListerPtr> co_list(Uri prefix, ListOptions options = {});
  /// Idempotent.
  Task<> co_remove(Uri uri, RemoveOptions options = {});

  /// A new name of the active provider for an object of this type: `[A-Za-z0-9_-]` with an extension, unguessable,
  /// sortable by time. Nothing is stored.
  Uri new_uri(const WriteOptions& options);
  /// The object of this key ("films/a.mp4") in the active store, there or not. Error{invalid_argument} for what is no
  /// key.
  Uri uri_of(std::string key) const;

  Runtime& runtime() const noexcept { return runtime_; }
  const ProviderRegistry& providers() const noexcept { return providers_; }
  /// Null where there is none.
  const std::shared_ptr<Scratch>& scratch() const noexcept { return scratch_; }
  /// Null where there is none.
  const std::shared_ptr<JournalStore>& journals() const noexcept { return journals_; }

 private:
  Runtime& runtime_;
  ProviderRegistry providers_;
  std::shared_ptr<Scratch> scratch_;
  std::shared_ptr<JournalStore> journals_;
  std::shared_ptr<ReadAhead> ahead_;
};

}  // namespace coffer
