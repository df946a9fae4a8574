#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include <coffer/stream/scratch.hpp>

namespace coffer {

class IoBackend;
class Runtime;

/// Where scratch files may lie.
struct ScratchPlaces {
  /// In order of preference; made when first needed. The first that can be used and is not in memory is taken.
  std::vector<std::filesystem::path> folders;
  /// Bytes of all files together.
  std::uint64_t limit = ~std::uint64_t{0};
  bool in_memory_allowed = false;
};

/// Scratch in files without a name. The Runtime outlives it and its files.
std::shared_ptr<Scratch> make_file_scratch(Runtime& runtime, std::shared_ptr<IoBackend> io, ScratchPlaces places);

/// Whether files of this folder, or of the nearest folder above it that is there, lie in memory (tmpfs, ramfs).
bool lies_in_memory(const std::filesystem::path& folder);

}  // namespace coffer
