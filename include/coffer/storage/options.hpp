#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <coffer/base/byte_range.hpp>
#include <coffer/base/object_info.hpp>

namespace coffer {

// Option classes own what they hold and are never aggregates: with g++ 12.2 a braced aggregate that owns memory,
// written inside a co_await expression, is destroyed twice; one of views would dangle.

/// How to read.
class ReadOptions {
 public:
  ReadOptions() = default;
  /// Default: the whole object.
  ReadOptions& range(ByteRange range) & {
    range_ = range;
    return *this;
  }
  ReadOptions&& range(ByteRange range) && { return std::move(this->range(range)); }
  /// For whole-string loads: Error{too_large} beyond it. Default 1 GiB.
  ReadOptions& max_bytes(std::uint64_t bytes) & {
    max_bytes_ = bytes;
    return *this;
  }
  ReadOptions&& max_bytes(std::uint64_t bytes) && { return std::move(max_bytes(bytes)); }
  /// Whether a full read checks the stored checksum at its end. Default true.
  ReadOptions& verify(bool on) & {
    verify_ = on;
    return *this;
  }
  ReadOptions&& verify(bool on) && { return std::move(verify(on)); }
  /// Error{precondition_failed} unless the object has this etag.
  ReadOptions& if_etag(std::string etag) & {
    etag_ = std::move(etag);
    return *this;
  }
  ReadOptions&& if_etag(std::string etag) && { return std::move(if_etag(std::move(etag))); }

  const ByteRange& range() const noexcept { return range_; }
  std::uint64_t max_bytes() const noexcept { return max_bytes_; }
  bool verify() const noexcept { return verify_; }
  const std::optional<std::string>& etag() const noexcept { return etag_; }

 private:
  ByteRange range_;
  std::uint64_t max_bytes_ = std::uint64_t{1} << 30U;
  bool verify_ = true;
  std::optional<std::string> etag_;
};

/// How to write an object.
class WriteOptions {
 public:
  WriteOptions() = default;
  /// Default: that of the source whose bytes are stored, where it has one; from the name's ending; else
  /// application/octet-stream. Part of it is the extension of a name that Coffer
  /// gives.
  WriteOptions& content_type(std::string type) & {
    content_type_ = std::move(type);
    return *this;
  }
  WriteOptions&& content_type(std::string type) && { return std::move(content_type(std::move(type))); }
  /// One entry of user metadata; keys and values together at most 2 KiB.
  WriteOptions& metadata(std::string key, std::string value) & {
    metadata_.insert_or_assign(std::move(key), std::move(value));
    return *this;
  }
  WriteOptions&& metadata(std::string key, std::string value) && {
    return std::move(metadata(std::move(key), std::move(value)));
  }
  /// Bytes that will come, where known: lets the store reserve room. Another size at commit is Error{invalid_argument}.
  WriteOptions& size(std::uint64_t bytes) & {
    size_ = bytes;
    return *this;
  }
  WriteOptions&& size(std::uint64_t bytes) && { return std::move(size(bytes)); }
  /// Error{already_exists} at commit where the object is there.
  WriteOptions& if_absent() & {
    if_absent_ = true;
    return *this;
  }
  WriteOptions&& if_absent() && { return std::move(if_absent()); }
  /// Error{precondition_failed} at commit unless the object there has this etag.
  WriteOptions& if_etag(std::string etag) & {
    etag_ = std::move(etag);
    return *this;
  }
  WriteOptions&& if_etag(std::string etag) && { return std::move(if_etag(std::move(etag))); }
  /// Begins the name of an object that Coffer names: a run's id, a folder. Ignored where the caller names the object.
  WriteOptions& prefix(std::string prefix) & {
    prefix_ = std::move(prefix);
    return *this;
  }
  WriteOptions&& prefix(std::string prefix) && { return std::move(this->prefix(std::move(prefix))); }
  /// Lets other processes follow the object (Storage::co_follow) while it is being written: what was written is shown
  /// to them a few hundredths of a second later. Error{unsupported} where the store cannot do that.
  WriteOptions& live() & {
    live_ = true;
    return *this;
  }
  WriteOptions&& live() && { return std::move(live()); }

  const std::string& content_type() const noexcept { return content_type_; }
  const Metadata& metadata() const noexcept { return metadata_; }
  const std::optional<std::uint64_t>& size() const noexcept { return size_; }
  bool if_absent_set() const noexcept { return if_absent_; }
  const std::optional<std::string>& etag() const noexcept { return etag_; }
  const std::string& prefix() const noexcept { return prefix_; }
  bool live_set() const noexcept { return live_; }

 private:
  std::string content_type_;
  Metadata metadata_;
  std::optional<std::uint64_t> size_;
  bool if_absent_ = false;
  std::optional<std::string> etag_;
  std::string prefix_;
  bool live_ = false;
};

/// How to follow an object that somebody else is still writing.
class FollowOptions {
 public:
  FollowOptions() = default;
  /// Default: all of it. The last n bytes are known only after the commit. One that goes to the end may begin there,
  /// unlike where an object is read without following: then it is empty.
  FollowOptions& range(ByteRange range) & {
    range_ = range;
    return *this;
  }
  FollowOptions&& range(ByteRange range) && { return std::move(this->range(range)); }
  /// How long to wait for somebody to begin to write it; then Error{timed_out}. Default: for ever; but then what a
  /// killed writer has left is Error{writer_failed} at once, where with a limit another writer is waited for. Who
  /// writes may take any time.
  FollowOptions& patience(std::chrono::nanoseconds limit) & {
    patience_ = limit;
    return *this;
  }
  FollowOptions&& patience(std::chrono::nanoseconds limit) && { return std::move(patience(limit)); }
  /// Whether who read all of it checks the checksum at its end. Default true.
  FollowOptions& verify(bool on) & {
    verify_ = on;
    return *this;
  }
  FollowOptions&& verify(bool on) && { return std::move(verify(on)); }

  const ByteRange& range() const noexcept { return range_; }
  const std::optional<std::chrono::nanoseconds>& patience() const noexcept { return patience_; }
  bool verify() const noexcept { return verify_; }

 private:
  ByteRange range_;
  std::optional<std::chrono::nanoseconds> patience_;
  bool verify_ = true;
};

/// How to read ahead.
class PrefetchOptions {
 public:
  PrefetchOptions() = default;
  /// Default: the whole object. Part of one is read ahead into memory alone.
  PrefetchOptions& range(ByteRange range) & {
    range_ = range;
    return *this;
  }
  PrefetchOptions&& range(ByteRange range) && { return std::move(this->range(range)); }

  const ByteRange& range() const noexcept { return range_; }

 private:
  ByteRange range_;
};

/// Where what was asked for lies now; both 0 where nothing is won by reading it ahead, there is no room, or somebody
/// else is reading it ahead.
struct Prefetched {
  std::uint64_t in_memory = 0;  ///< Bytes, from the start of the range.
  std::uint64_t on_disk = 0;    ///< Bytes, in the cache.
};

/// How to list.
class ListOptions {
 public:
  ListOptions() = default;
  /// Objects per page: what one call of the lister returns at most. Default 1000.
  ListOptions& page_size(std::size_t count) & {
    page_size_ = count;
    return *this;
  }
  ListOptions&& page_size(std::size_t count) && { return std::move(page_size(count)); }
  /// Only names after this key, in byte order.
  ListOptions& after(std::string key) & {
    after_ = std::move(key);
    return *this;
  }
  ListOptions&& after(std::string key) && { return std::move(after(std::move(key))); }
  /// Whether names below a further '/' are listed too; else they appear once, as a prefix ending in '/'. Default true.
  ListOptions& recursive(bool on) & {
    recursive_ = on;
    return *this;
  }
  ListOptions&& recursive(bool on) && { return std::move(recursive(on)); }

  std::size_t page_size() const noexcept { return page_size_; }
  const std::string& after() const noexcept { return after_; }
  bool recursive() const noexcept { return recursive_; }

 private:
  std::size_t page_size_ = 1000;
  std::string after_;
  bool recursive_ = true;
};

/// How to remove.
class RemoveOptions {
 public:
  RemoveOptions() = default;
  /// Everything whose key begins with the given one, which must be empty or end in '/': `a/` never touches `ab`.
  RemoveOptions& recursive() & {
    recursive_ = true;
    return *this;
  }
  RemoveOptions&& recursive() && { return std::move(recursive()); }
  /// Error{precondition_failed} unless the object has this etag.
  RemoveOptions& if_etag(std::string etag) & {
    etag_ = std::move(etag);
    return *this;
  }
  RemoveOptions&& if_etag(std::string etag) && { return std::move(if_etag(std::move(etag))); }

  bool recursive_set() const noexcept { return recursive_; }
  const std::optional<std::string>& etag() const noexcept { return etag_; }

 private:
  bool recursive_ = false;
  std::optional<std::string> etag_;
};

static_assert(!std::is_aggregate_v<ReadOptions> && !std::is_aggregate_v<WriteOptions>);
static_assert(!std::is_aggregate_v<FollowOptions> && !std::is_aggregate_v<RemoveOptions>);
static_assert(!std::is_aggregate_v<ListOptions> && !std::is_aggregate_v<PrefetchOptions>);

}  // namespace coffer
