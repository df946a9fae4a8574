#include <array>
#include <cerrno>
#include <exception>
#include <utility>

#include <coffer/base/object_name.hpp>
#include <coffer/storage/storage.hpp>
#include <sys/random.h>

#include "storage/copy_stream.hpp"
#include "storage/gather.hpp"
#include "storage/read_ahead.hpp"

namespace coffer {
namespace {

/// In a handler: throws what is being handled as an Error that says which verb failed on which object.
[[noreturn]] void throw_during(std::string verb, const Uri& uri) {
  throw to_error(std::current_exception()).during(std::move(verb)).about(uri.text());
}

ProviderRegistry::Place place_of(const ProviderRegistry& providers, const Uri& uri) {
  return providers.find(uri).value();
}

/// Where one object is, not a whole store.
ProviderRegistry::Place object_place(const ProviderRegistry& providers, const Uri& uri) {
  ProviderRegistry::Place place = place_of(providers, uri);
  if (place.key.empty()) {
    throw Error(ErrorKind::invalid_argument, "this names a whole store: an object has a name below it");
  }
  return place;
}

const StorageProvider& active_of(const ProviderRegistry& providers) {
  if (providers.active()) return *providers.active();
  throw Error(ErrorKind::invalid_argument,
              "no store is active, so none can name the object: make one active (ProviderRegistry::add_active), or say "
              "where to store it")
      .during("store");
}

void check_can_be_followed(const StorageProvider& provider, const WriteOptions& options) {
  if (!options.live_set() || provider.capabilities().follow) return;
  throw Error(ErrorKind::unsupported,
              "this store cannot show objects while they are written, as one in a folder can: leave out `live`");
}

std::array<std::byte, 15> random_bytes() {
  std::array<std::byte, 15> bytes;
  // Up to 256 bytes always come in one piece; before the machine has gathered its first randomness it waits.
  while (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    if (errno != EINTR) throw Error::from_errno(errno, "getrandom");
  }
  return bytes;
}

}  // namespace

Storage::Storage(Runtime& runtime, ProviderRegistry providers, std::shared_ptr<Scratch> scratch,
                 std::shared_ptr<JournalStore> journals, std::shared_ptr<DiskCache> cache)
    : runtime_(runtime),
      providers_(std::move(providers)),
      scratch_(std::move(scratch)),
      journals_(std::move(journals)),
      ahead_(std::make_shared<ReadAhead>(runtime, std::move(cache))) {}

Uri Storage::new_uri(const WriteOptions& options) {
  const StorageProvider& active = active_of(providers_);
  return active.uri_of(options.prefix() +
                       make_object_name(runtime_.clock().now(), random_bytes(), options.content_type()));
}

Uri Storage::uri_of(std::string key) const { return active_of(providers_).uri_of(key); }

Task<std::string> Storage::co_load(Uri from, ReadOptions options) {
  try {
    ProviderRegistry::Place place = object_place(providers_, from);
    SourcePtr near = co_await ahead_->co_open(place, options);
    if (near) co_return co_await co_gather(std::move(near), options.range(), options.max_bytes());
    co_return co_await place.provider->co_load(std::move(place.key), std::move(options));
  } catch (...) {
    throw_during("load", from);
  }
}

Task<SourcePtr> Storage::co_open(Uri from, ReadOptions options) {
  try {
    ProviderRegistry::Place place = object_place(providers_, from);
    SourcePtr near = co_await ahead_->co_open(place, options);
    if (near) co_return near;
    co_return co_await place.provider->co_open(std::move(place.key), std::move(options));
  } catch (...) {
    throw_during("open", from);
  }
}

Task<SourcePtr> Storage::co_follow(Uri from, FollowOptions options) {
  try {
    ProviderRegistry::Place place = object_place(providers_, from);
    co_return co_await place.provider->co_follow(std::move(place.key), options);
  } catch (...) {
    throw_during("follow", from);
  }
}

Task<Prefetched> Storage::co_prefetch(Uri from, PrefetchOptions options) {
  try {
    ProviderRegistry::Place place = object_place(providers_, from);
    co_return co_await ahead_->co_read(std::move(place), options.range());
  } catch (...) {
    throw_during("prefetch", from);
  }
}

void Storage::drop_prefetched(const Uri& uri) {
  const Result<ProviderRegistry::Place> place = providers_.find(uri);
  if (place && !place->key.empty()) ahead_->drop(place->provider->uri_of(place->key));
}

std::uint64_t Storage::prefetch_limit(const Uri& uri) const {
  const Result<ProviderRegistry::Place> place = providers_.find(uri);
  return place ? ahead_->limit(place->provider->capabilities().distance) : 0;
}

Task<ObjectPtr> Storage::co_object(Uri from, ReadOptions options) {
  try {
    ProviderRegistry::Place place = object_place(providers_, from);
    co_return co_await place.provider->co_object(std::move(place.key), std::move(options));
  } catch (...) {
    throw_during("open", from);
  }
}

Task<Stored> Storage::co_store(std::string bytes, WriteOptions options) {
  Uri to = new_uri(options);
  co_return co_await co_store_at(std::move(to), std::move(bytes), std::move(options));
}

Task<Stored> Storage::co_store(SourcePtr source, WriteOptions options) {
  // First: the name's extension comes from the type.
  options = with_type_of(std::move(options), source->info());
  Uri to = new_uri(options);
  co_return co_await co_store_at(std::move(to), std::move(source), std::move(options));
}

Task<Stored> Storage::co_store_at(Uri to, std::string bytes, WriteOptions options) {
  try {
    ProviderRegistry::Place place = object_place(providers_, to);
    check_can_be_followed(*place.provider, options);
    co_return co_await place.provider->co_store(std::move(place.key), std::move(bytes), std::move(options));
  } catch (...) {
    throw_during("store", to);
  }
}

Task<Stored> Storage::co_store_at(Uri to, SourcePtr source, WriteOptions options) {
  try {
    ProviderRegistry::Place place = object_place(providers_, to);
    check_can_be_followed(*place.provider, options);
    co_return co_await place.provider->co_store(std::move(place.key), std::move(source), std::move(options));
  } catch (...) {
    throw_during("store", to);
  }
}

Task<SinkPtr> Storage::co_create(Uri to, WriteOptions options) {
  try {
    ProviderRegistry::Place place = object_place(providers_, to);
    check_can_be_followed(*place.provider, options);
    co_return co_await place.provider->co_create(std::move(place.key), std::move(options));
  } catch (...) {
    throw_during("create", to);
  }
}

Task<SinkPtr> Storage::co_create(WriteOptions options) {
  Uri to = new_uri(options);
  co_return co_await co_create(std::move(to), std::move(options));
}

Task<Stored> Storage::co_copy(Uri from, Uri to, WriteOptions options) {
  // Which of the two failed the providers say, each of its own object.
  try {
    ProviderRegistry::Place source = object_place(providers_, from);
    ProviderRegistry::Place target = object_place(providers_, to);
    check_can_be_followed(*target.provider, options);
    if (source.provider == target.provider) {
      co_return co_await source.provider->co_copy(std::move(source.key), std::move(target.key), std::move(options));
    }
    co_return co_await co_copy_stream(*source.provider, std::move(source.key), *target.provider, std::move(target.key),
                                      std::move(options));
  } catch (...) {
    throw_during("copy", from);
  }
}

Task<std::optional<ObjectInfo>> Storage::co_head(Uri uri) {
  try {
    ProviderRegistry::Place place = object_place(providers_, uri);
    co_return co_await place.provider->co_head(std::move(place.key));
  } catch (...) {
    throw_during("head", uri);
  }
}

Task<ListerPtr> Storage::co_list(Uri prefix, ListOptions options) {
  try {
    ProviderRegistry::Place place = place_of(providers_, prefix);
    co_return co_await place.provider->co_list(std::move(place.key), std::move(options));
  } catch (...) {
    throw_during("list", prefix);
  }
}

Task<> Storage::co_remove(Uri uri, RemoveOptions options) {
  try {
    // All of a store: only where that is asked for.
    ProviderRegistry::Place place = options.recursive_set() ? place_of(providers_, uri) : object_place(providers_, uri);
    co_await place.provider->co_remove(std::move(place.key), std::move(options));
  } catch (...) {
    throw_during("remove", uri);
  }
}

}  // namespace coffer
