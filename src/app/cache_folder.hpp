#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include <coffer/storage/disk_cache.hpp>

namespace coffer {

class IoBackend;

/// A cache in a folder, which is made when something is first kept there; what killed writers left is then removed. The
/// Runtime outlives it.
std::shared_ptr<DiskCache> make_cache_folder(Runtime& runtime, const std::shared_ptr<IoBackend>& io,
                                             const std::filesystem::path& folder, std::uint64_t limit);

}  // namespace coffer
