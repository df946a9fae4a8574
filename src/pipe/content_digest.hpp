#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <coffer/storage/storage.hpp>

namespace coffer {

struct ContentDigest {
  std::uint64_t size = 0;
  std::string sha256;
};

/// Reads an object, in buffers of the pool, and computes its SHA-256 on the threads for heavy computations. Nothing
/// where it is not there with this etag, or cannot be read as a whole. Error{cancelled}. The Storage outlives the task.
Task<std::optional<ContentDigest>> co_digest(Storage& storage, Uri uri, std::string etag);

}  // namespace coffer
