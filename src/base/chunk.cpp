#include <algorithm>

#include <coffer/base/chunk.hpp>

namespace coffer {

Chunk Chunk::slice(std::size_t offset, std::size_t length) const noexcept {
  if (offset >= size()) return {};
  return {owner_, bytes_.subspan(offset, std::min(length, size() - offset))};
}

}  // namespace coffer
