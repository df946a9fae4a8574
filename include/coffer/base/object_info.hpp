#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <coffer/base/uri.hpp>

namespace coffer {

/// How far the bytes of an object can be trusted to be those that were stored.
enum class Integrity : std::uint8_t {
  verified_on_read,  ///< A checksum is kept with the object; a full read checks it.
  changed_outside,   ///< Another program wrote to it since it was stored: readable, its checksum no longer applies.
  unverified,        ///< No checksum: another program's file, or copied without its attributes.
};

using Metadata = std::map<std::string, std::string>;

/// What is known of an object without reading it.
struct ObjectInfo {
  Uri uri;
  /// Bytes; nothing while it is being written.
  std::optional<std::uint64_t> size;
  std::optional<std::uint32_t> crc32c;
  /// Empty where unknown.
  std::string content_type;
  /// Changes whenever the object does; compared as a whole, never parsed. Empty where the store has none.
  std::string etag;
  std::chrono::system_clock::time_point modified;
  Metadata metadata;
  Integrity integrity = Integrity::unverified;
};

/// What a commit stored.
struct Stored {
  Uri uri;
  std::uint64_t size = 0;
  std::uint32_t crc32c = 0;
  std::string content_type;
  std::string etag;
};

}  // namespace coffer
