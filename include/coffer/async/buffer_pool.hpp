#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <boost/asio/buffer.hpp>
#include <coffer/base/chunk.hpp>

namespace coffer {

class BufferPool;
class PoolState;
struct ShareState;

/// The smallest buffer, and what every stream gets even where the budget is spent.
inline constexpr std::size_t smallest_buffer = std::size_t{16} << 10U;
/// The largest buffer, and the unit in which memory is taken from the system.
inline constexpr std::size_t largest_buffer = std::size_t{4} << 20U;

/// A writable piece of the pool, owned by one holder: filled, then shared as a Chunk. Charged to its stream's share
/// until it is gone. Its start is aligned to its size (so also to pages and sectors).
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer();

  std::byte* data() noexcept { return bytes_.data(); }
  const std::byte* data() const noexcept { return bytes_.data(); }
  std::size_t size() const noexcept { return bytes_.size(); }
  std::span<std::byte> bytes() noexcept { return bytes_; }
  explicit operator bool() const noexcept { return !bytes_.empty(); }
  operator boost::asio::mutable_buffer() noexcept { return {data(), size()}; }  // NOLINT(google-explicit-constructor)

  /// Gives the first `used` bytes up for reading. The whole buffer stays charged until the last Chunk of it is gone.
  Chunk share(std::size_t used) &&;

 private:
  friend class BudgetShare;
  Buffer(std::shared_ptr<ShareState> share, std::span<std::byte> bytes) noexcept;
  std::shared_ptr<ShareState> share_;
  std::span<std::byte> bytes_;
};

/// One stream's part in the memory budget. Streams wait for their own I/O and never for the budget, so no order of
/// reading and writing can deadlock: `need` always answers at once, with less where the budget is spent. Thread-safe.
class BudgetShare {
 public:
  BudgetShare() = default;
  BudgetShare(BudgetShare&&) noexcept = default;
  BudgetShare& operator=(BudgetShare&& other) noexcept;
  ~BudgetShare();

  /// A buffer to go on with: up to `wanted` bytes (a power of two, at most 4 MiB and the fair part of the budget), less
  /// where the budget is short, 16 KiB beyond it where it is spent. Throws Error{budget_exhausted} naming the holders
  /// where twice the budget and 32 KiB for each stream are held and this one holds 32 KiB or more; one that holds less
  /// is never refused. Streams whose users let each chunk go before they take the next stay within the budget and 32
  /// KiB each.
  Buffer need(std::size_t wanted);
  /// A buffer that only makes the stream faster (read-ahead, write-behind): between `at_least` and `wanted` bytes,
  /// nothing where the budget is spent or this stream already has its fair part of it.
  std::optional<Buffer> try_more(std::size_t wanted, std::size_t at_least = smallest_buffer);
  /// Bytes of buffers and chunks not yet given back.
  std::size_t held() const noexcept;

 private:
  friend class BufferPool;
  explicit BudgetShare(std::shared_ptr<ShareState> state) noexcept;
  std::shared_ptr<ShareState> state_;
};

/// What a cache keeps in pool memory may be taken back at any time. `evict` is called from any thread that needs
/// memory, without locks of the pool's; it drops what it can without waiting.
class Evictable {
 public:
  virtual ~Evictable() = default;
  virtual void evict(std::size_t bytes) noexcept = 0;
};

/// What a pool holds now, and the most it ever did.
struct PoolUse {
  std::size_t budget = 0;    ///< Bytes that may be granted without force.
  std::size_t granted = 0;   ///< Bytes of buffers held now.
  std::size_t peak = 0;      ///< The most that was ever held.
  std::size_t resident = 0;  ///< Bytes taken from the system: slabs, never given back.
  std::size_t streams = 0;   ///< Shares open now.
  std::size_t holders = 0;   ///< The same and those closed whose buffers are not all given back.
};

/// All buffers of all streams of a Runtime, under one budget. Address space is reserved once, memory taken in slabs of
/// 4 MiB on demand and reused last in, first out (fresh memory costs seconds per GiB on virtual machines). Thread-safe.
/// Buffers and shares keep the memory alive beyond the pool itself.
class BufferPool {
 public:
  /// `budget` in bytes; less than four of the smallest buffers counts as that.
  explicit BufferPool(std::size_t budget);
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;
  ~BufferPool();

  /// `holder` is named where the budget is exhausted: "read file:///a/b.mp4".
  BudgetShare open_share(std::string holder);
  /// Asked for memory, newest first, before anything is refused or forced. Kept weakly.
  void add_cache(std::weak_ptr<Evictable> cache);
  /// What somebody may need later: asked first, and also for buffers that only make a stream faster. Kept weakly.
  void add_spare(std::weak_ptr<Evictable> cache);
  PoolUse use() const;

  /// For I/O backends that register memory with the kernel. Slab `i` never moves and never goes.
  std::size_t slab_count() const noexcept;
  std::span<std::byte> slab(std::size_t index) const noexcept;
  /// The slab that holds this address; nothing for memory of others. Lock-free.
  std::optional<std::size_t> slab_of(const std::byte* address) const noexcept;
  /// How many slabs there can ever be.
  std::size_t slab_limit() const noexcept;

 private:
  std::shared_ptr<PoolState> state_;
};

}  // namespace coffer
