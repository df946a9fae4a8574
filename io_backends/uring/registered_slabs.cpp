#include "io_backends/uring/registered_slabs.hpp"

#include <algorithm>
#include <span>

#include <sys/uio.h>

namespace coffer {

namespace {

/// The kernel's limit for one table.
constexpr std::size_t most_slabs = 1U << 14U;

bool register_slab(io_uring& ring, unsigned index, std::span<std::byte> slab) noexcept {
  iovec memory{slab.data(), slab.size()};
  __u64 tag = 0;
  return io_uring_register_buffers_update_tag(&ring, index, &memory, &tag, 1) == 1;
}

}  // namespace

std::optional<unsigned> RegisteredSlabs::index_of(io_uring& ring, const std::shared_ptr<const SlabOwner>& owner,
                                                  const std::byte* at, std::size_t bytes) {
  const BufferPool& pool = owner->pool();
  const auto index = pool.slab_of(at);
  if (!index || bytes == 0 || pool.slab_of(at + bytes - 1) != index) return std::nullopt;
  if (!belongs_to(ring, owner) || *index >= slabs_.size()) return std::nullopt;
  Slab& slab = slabs_[*index];
  const auto number = static_cast<unsigned>(*index);
  if (slab == Slab::unknown) {
    slab = register_slab(ring, number, pool.slab(*index)) ? Slab::registered : Slab::refused;
  }
  if (slab == Slab::refused) return std::nullopt;
  return number;
}

std::size_t RegisteredSlabs::count() const noexcept {
  return static_cast<std::size_t>(std::count(slabs_.begin(), slabs_.end(), Slab::registered));
}

// Identity is the owner's control block, not an address: a later pool may lie where the first one was, and the ring
// would read and write the first one's pages.
bool RegisteredSlabs::belongs_to(io_uring& ring, const std::shared_ptr<const SlabOwner>& owner) {
  const bool same = !owner_.owner_before(owner) && !owner.owner_before(owner_);
  if (same) return true;
  if (!owner_.expired()) return false;
  if (has_table_) io_uring_unregister_buffers(&ring);
  owner_ = owner;
  open_table(ring, owner->pool().slab_limit());
  return true;
}

void RegisteredSlabs::open_table(io_uring& ring, std::size_t slabs) {
  const std::size_t entries = std::min(slabs, most_slabs);
  has_table_ = io_uring_register_buffers_sparse(&ring, static_cast<unsigned>(entries)) == 0;
  slabs_.assign(has_table_ ? entries : 0, Slab::unknown);
}

}  // namespace coffer
