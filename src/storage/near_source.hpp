#pragma once

#include <memory>
#include <string>

#include <coffer/storage/provider.hpp>

#include "storage/near_disk.hpp"
#include "storage/near_memory.hpp"

namespace coffer {

/// What is near of one object as it is now; null for what is not.
struct NearCopies {
  std::shared_ptr<NearMemory> memory;
  std::shared_ptr<NearPart> part;
  std::shared_ptr<CachedObject> disk;
};

/// What a source over a near object needs to read on where nothing is near.
struct NearOrigin {
  ProviderPtr provider;
  std::string key;
  ObjectInfo info;
};

/// Reads an object from what is near of it, and from its store what is not, or turns out to be damaged. Where the
/// object was replaced meanwhile, what is then needed of the store is Error{precondition_failed}. Throws the Errors of
/// the options' range.
SourcePtr make_near_source(NearOrigin origin, NearCopies copies, const ReadOptions& options);

}  // namespace coffer
