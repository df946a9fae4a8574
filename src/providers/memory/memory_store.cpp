#include "providers/memory/memory_store.hpp"

#include <algorithm>
#include <utility>

#include <coffer/base/content_type.hpp>
#include <coffer/base/error.hpp>

namespace coffer {
namespace {

constexpr std::size_t most_metadata_bytes = std::size_t{2} << 10U;

/// The first name in byte order that does not begin with `prefix`, which ends in '/'.
std::string after_all_of(std::string prefix) {
  prefix.back() = '/' + 1;
  return prefix;
}

ListEntry prefix_entry(const Uri& root, std::string name) {
  ListEntry entry;
  entry.info.uri = root.join(name);
  entry.key = std::move(name);
  entry.is_prefix = true;
  return entry;
}

ListEntry object_entry(std::string key, const MemoryObject& object) {
  ListEntry entry;
  entry.key = std::move(key);
  entry.info = object.info;
  return entry;
}

}  // namespace

void check_write(const Uri& root, const std::string& key, const WriteOptions& options) {
  if (key.empty()) {
    throw Error(ErrorKind::invalid_argument, "an object needs a name, this names the store").about(root.text());
  }
  std::size_t size = 0;
  for (const auto& [name, value] : options.metadata()) size += name.size() + value.size();
  if (size > most_metadata_bytes) {
    throw Error(ErrorKind::too_large, "the metadata has " + std::to_string(size) +
                                          " bytes, at most 2048 are kept with an object: store more as an object")
        .about(root.join(key).text());
  }
}

MemoryStore::MemoryStore(Uri root, std::uint64_t capacity)
    : root_(std::move(root)), capacity_(std::make_shared<Capacity>(capacity)) {}

MemoryObjectPtr MemoryStore::find(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  return found == objects_.end() ? nullptr : found->second;
}

MemoryObjectPtr MemoryStore::open(const std::string& key, const ReadOptions& options) const {
  MemoryObjectPtr object = find(key);
  if (!object) throw Error(ErrorKind::not_found, "there is no such object").about(root_.join(key).text());
  if (options.etag() && *options.etag() != object->info.etag) {
    throw Error(ErrorKind::precondition_failed, "the object has another etag").about(root_.join(key).text());
  }
  return object;
}

Stored MemoryStore::put(const std::string& key, const WriteOptions& options, Blocks blocks, std::uint32_t crc32c,
                        std::chrono::system_clock::time_point now) {
  const Uri uri = root_.join(key);
  if (options.size() && *options.size() != blocks.size()) {
    throw Error(ErrorKind::invalid_argument, std::to_string(*options.size()) + " bytes were promised and " +
                                                 std::to_string(blocks.size()) + " written")
        .about(uri.text());
  }
  auto object = std::make_shared<MemoryObject>();
  object->info.uri = uri;
  object->info.size = blocks.size();
  object->info.crc32c = crc32c;
  object->info.content_type =
      options.content_type().empty() ? std::string(content_type_of_name(key)) : options.content_type();
  object->info.modified = now;
  object->info.metadata = options.metadata();
  object->info.integrity = Integrity::verified_on_read;
  object->blocks = std::move(blocks);

  MemoryObjectPtr before;  // Freed after the lock: it may be large.
  const std::lock_guard lock(mutex_);
  const auto there = objects_.find(key);
  if (options.if_absent_set() && there != objects_.end()) {
    throw Error(ErrorKind::already_exists, "the object is already there").about(uri.text());
  }
  if (options.etag() && (there == objects_.end() || there->second->info.etag != *options.etag())) {
    throw Error(ErrorKind::precondition_failed,
                there == objects_.end() ? "the object is not there" : "the object has another etag")
        .about(uri.text());
  }
  object->info.etag = std::to_string(++last_etag_);
  Stored stored;
  stored.uri = uri;
  stored.size = *object->info.size;
  stored.crc32c = crc32c;
  stored.content_type = object->info.content_type;
  stored.etag = object->info.etag;
  if (there == objects_.end()) {
    objects_.emplace(key, std::move(object));
  } else {
    before = std::exchange(there->second, std::move(object));
  }
  return stored;
}

void MemoryStore::remove(const std::string& key, const RemoveOptions& options) {
  Objects::node_type removed;  // Freed after the lock.
  const std::lock_guard lock(mutex_);
  const auto there = objects_.find(key);
  if (options.etag() && (there == objects_.end() || there->second->info.etag != *options.etag())) {
    throw Error(ErrorKind::precondition_failed,
                there == objects_.end() ? "the object is not there" : "the object has another etag")
        .about(root_.join(key).text());
  }
  if (there != objects_.end()) removed = objects_.extract(there);
}

bool MemoryStore::remove_some(const std::string& prefix, std::size_t count) {
  std::vector<Objects::node_type> removed;  // Freed after the lock.
  const std::lock_guard lock(mutex_);
  auto next = objects_.lower_bound(prefix);
  while (next != objects_.end() && next->first.starts_with(prefix) && removed.size() < count) {
    removed.push_back(objects_.extract(next++));
  }
  return !removed.empty();
}

std::vector<ListEntry> MemoryStore::page(const std::string& prefix, const std::string& after,
                                         const ListOptions& options) const {
  std::vector<ListEntry> entries;
  const std::size_t most = std::max<std::size_t>(options.page_size(), 1);
  const std::lock_guard lock(mutex_);
  auto next = after < prefix ? objects_.lower_bound(prefix) : objects_.upper_bound(after);
  while (next != objects_.end() && next->first.starts_with(prefix) && entries.size() < most) {
    const std::string& key = next->first;
    const std::size_t slash = options.recursive() ? std::string::npos : key.find('/', prefix.size());
    if (slash == std::string::npos) {
      entries.push_back(object_entry(key, *next->second));
      ++next;
      continue;
    }
    std::string deeper = key.substr(0, slash + 1);
    next = objects_.lower_bound(after_all_of(deeper));
    // Else a page before, or the caller, already had it.
    if (deeper > after) entries.push_back(prefix_entry(root_, std::move(deeper)));
  }
  return entries;
}

}  // namespace coffer
