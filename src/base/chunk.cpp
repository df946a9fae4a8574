#include <algorithm>

#include <coffer/base/chunk.hpp>

namespace coffer {

Chunk Chunk::of(std::string text) {
  auto owner = std::make_shared<const std::string>(std::move(text));
  const std::span<const std::byte> bytes = std::as_bytes(std::span(*owner));
  return {std::move(owner), bytes};
}

Chunk Chunk::slice(std::size_t offset, std::size_t length) const noexcept {
  if (offset >= size()) return {};
  return {owner_, bytes_.subspan(offset, std::min(length, size() - offset))};
}

}  // namespace coffer
