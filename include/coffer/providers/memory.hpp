#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <coffer/storage/provider.hpp>

namespace coffer {

/// Settings of a store in memory.
class MemoryConfig {
 public:
  /// The authority of its URIs: `mem://name/key`. Default "default".
  MemoryConfig&& name(std::string name) && {
    name_ = std::move(name);
    return std::move(*this);
  }
  /// Bytes of all objects together; Error{no_space} beyond it. Not part of the buffer budget. Default 1 GiB.
  MemoryConfig&& capacity(std::uint64_t bytes) && {
    capacity_ = bytes;
    return std::move(*this);
  }
  const std::string& name() const noexcept { return name_; }
  std::uint64_t capacity() const noexcept { return capacity_; }

 private:
  std::string name_ = "default";
  std::uint64_t capacity_ = std::uint64_t{1} << 30U;
};

/// A store in memory, gone with the last holder: for tests, and for what is small and short-lived. What is read from it
/// shares the memory of the objects, which is the store's and not the budget's: nothing is copied, and an object that
/// was replaced or removed is freed (and its capacity with it) when the last Chunk of it is gone. Metadata beyond 2 KiB
/// is Error{too_large}.
ProviderPtr make_memory_provider(Runtime& runtime, MemoryConfig config = MemoryConfig());

}  // namespace coffer
