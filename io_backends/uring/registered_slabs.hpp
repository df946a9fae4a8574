#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <coffer/async/buffer_pool.hpp>
#include <liburing.h>

namespace coffer {

/// The pool whose memory operations use; shared by all of them, so that a ring can tell that it is gone.
class SlabOwner {
 public:
  explicit SlabOwner(const BufferPool& pool) noexcept : pool_(pool) {}
  const BufferPool& pool() const noexcept { return pool_; }

 private:
  const BufferPool& pool_;
};

/// The slabs of one pool that one ring has registered, each when it is first used: the kernel then need not look its
/// pages up and hold them for every operation. A slab that the locked-memory limit has no room for stays unregistered.
/// Not thread-safe: its ring's mutex guards it.
class RegisteredSlabs {
 public:
  /// The registered buffer that holds these bytes; nothing where ordinary reads and writes must do.
  /// A second pool on the same ring (two Runtimes attached to one io_context) gets none while the first one lives.
  std::optional<unsigned> index_of(io_uring& ring, const std::shared_ptr<const SlabOwner>& owner, const std::byte* at,
                                   std::size_t bytes);
  /// How many slabs are registered now.
  std::size_t count() const noexcept;

 private:
  enum class Slab : std::uint8_t { unknown, registered, refused };

  bool belongs_to(io_uring& ring, const std::shared_ptr<const SlabOwner>& owner);
  void open_table(io_uring& ring, std::size_t slabs);

  std::weak_ptr<const SlabOwner> owner_;
  std::vector<Slab> slabs_;
  bool has_table_ = false;
};

}  // namespace coffer
