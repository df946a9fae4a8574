#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <coffer/base/object_info.hpp>
#include <coffer/storage/lister.hpp>
#include <coffer/storage/options.hpp>

#include "providers/memory/blocks.hpp"

namespace coffer {

/// Immutable: readers keep the one they opened.
struct MemoryObject {
  ObjectInfo info;
  Blocks blocks;
};
using MemoryObjectPtr = std::shared_ptr<const MemoryObject>;

/// The names of a store in memory, and what they stand for. Nothing in it waits. Thread-safe.
class MemoryStore {
 public:
  MemoryStore(Uri root, std::uint64_t capacity);

  const Uri& root() const noexcept { return root_; }
  const std::shared_ptr<Capacity>& capacity() const noexcept { return capacity_; }

  /// Null where there is none.
  MemoryObjectPtr find(const std::string& key) const;
  /// Throws Error{not_found}, Error{precondition_failed}.
  MemoryObjectPtr open(const std::string& key, const ReadOptions& options) const;
  /// Makes it visible under its name with an etag of its own. `options` has the content type and the conditions. Throws
  /// Error{already_exists}, Error{precondition_failed}, Error{invalid_argument} for another size than promised.
  Stored put(const std::string& key, const WriteOptions& options, Blocks blocks, std::uint32_t crc32c,
             std::chrono::system_clock::time_point now);
  /// Throws Error{precondition_failed}.
  void remove(const std::string& key, const RemoveOptions& options);
  /// Removes at most `count` of those that begin with `prefix`; false where none was left.
  bool remove_some(const std::string& prefix, std::size_t count);
  /// The names after `after` in byte order, at most as many as a page has.
  std::vector<ListEntry> page(const std::string& prefix, const std::string& after, const ListOptions& options) const;

 private:
  using Objects = std::map<std::string, MemoryObjectPtr>;

  Uri root_;
  std::shared_ptr<Capacity> capacity_;
  mutable std::mutex mutex_;
  Objects objects_;
  std::uint64_t last_etag_ = 0;
};

/// Error{invalid_argument} for a key that no object can have, Error{too_large} for too much metadata.
void check_write(const Uri& root, const std::string& key, const WriteOptions& options);

}  // namespace coffer
