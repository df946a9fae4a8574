#include <algorithm>
#include <atomic>
#include <bit>
#include <list>
#include <mutex>
#include <new>
#include <utility>

#include <coffer/async/buffer_pool.hpp>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define COFFER_POISONS_FREE_BLOCKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COFFER_POISONS_FREE_BLOCKS 1
#endif
#endif
#if defined(COFFER_POISONS_FREE_BLOCKS)
#include <sanitizer/asan_interface.h>
#endif

#include <coffer/base/byte_size.hpp>
#include <coffer/base/error.hpp>

#include "async/buddy_blocks.hpp"

namespace coffer {

namespace {

constexpr std::size_t least_budget = 4 * smallest_buffer;
constexpr std::size_t never_refused = 2 * smallest_buffer;  // Held by one stream.
static_assert(largest_buffer == smallest_buffer * BuddyBlocks::units_per_slab);

unsigned order_of(std::size_t bytes) noexcept {
  return static_cast<unsigned>(std::bit_width(bytes / smallest_buffer) - 1);
}

std::size_t rounded(std::size_t bytes) noexcept {
  return std::bit_ceil(std::clamp(bytes, smallest_buffer, largest_buffer));
}

// Under ASan a free block is poisoned: a use after it was given back is reported like a heap use after free.
void forbid([[maybe_unused]] std::span<std::byte> block) noexcept {
#if defined(COFFER_POISONS_FREE_BLOCKS)
  __asan_poison_memory_region(block.data(), block.size());
#endif
}

void permit([[maybe_unused]] std::span<std::byte> block) noexcept {
#if defined(COFFER_POISONS_FREE_BLOCKS)
  __asan_unpoison_memory_region(block.data(), block.size());
#endif
}

}  // namespace

struct ShareState {
  ShareState(std::shared_ptr<PoolState> from, std::string name);
  ShareState(const ShareState&) = delete;
  ShareState& operator=(const ShareState&) = delete;
  ~ShareState();

  const std::shared_ptr<PoolState> pool;
  const std::string holder;
  // Guarded by the pool's mutex.
  std::size_t held = 0;
  bool open = true;
  const std::list<ShareState*>::iterator place;
};

class PoolState {
 public:
  explicit PoolState(std::size_t budget);
  PoolState(const PoolState&) = delete;
  PoolState& operator=(const PoolState&) = delete;
  ~PoolState() {
#if defined(COFFER_POISONS_FREE_BLOCKS)
    __asan_unpoison_memory_region(base_, slab_limit_ * largest_buffer);
#endif
    ::munmap(base_, slab_limit_ * largest_buffer);
  }

  std::list<ShareState*>::iterator enter(ShareState* share) {
    const std::lock_guard lock(mutex_);
    const auto place = shares_.insert(shares_.end(), share);
    ++open_shares_;
    return place;
  }
  void close(ShareState& share) {
    const std::lock_guard lock(mutex_);
    share.open = false;
    --open_shares_;
  }
  void leave(const ShareState& share) {
    const std::lock_guard lock(mutex_);
    shares_.erase(share.place);
  }

  std::span<std::byte> need(ShareState& share, std::size_t wanted);
  std::span<std::byte> try_more(ShareState& share, std::size_t wanted, std::size_t at_least);
  void give_back(ShareState& share, std::span<std::byte> block) noexcept;
  std::size_t held(const ShareState& share) const {
    const std::lock_guard lock(mutex_);
    return share.held;
  }

  void add_cache(std::weak_ptr<Evictable> cache) { add(caches_, std::move(cache)); }
  void add_spare(std::weak_ptr<Evictable> cache) { add(spares_, std::move(cache)); }
  PoolUse use() const {
    const std::lock_guard lock(mutex_);
    return {budget_, granted_, peak_, blocks_.slabs() * largest_buffer, open_shares_, shares_.size()};
  }
  std::size_t slab_count() const noexcept { return slab_count_.load(std::memory_order_acquire); }
  std::size_t slab_limit() const noexcept { return slab_limit_; }
  std::byte* base() const noexcept { return base_; }

 private:
  /// A block of `most` bytes or of the next smaller size that fits under `limit`, down to `least`; empty where none
  /// does.
  std::span<std::byte> grant(ShareState& share, std::size_t most, std::size_t least, std::size_t limit);
  std::span<std::byte> block(std::size_t bytes);
  std::size_t fair_part() const { return budget_ / std::max<std::size_t>(open_shares_, 1); }
  using Caches = std::vector<std::weak_ptr<Evictable>>;
  void add(Caches& to, std::weak_ptr<Evictable> cache) {
    const std::lock_guard lock(mutex_);
    std::erase_if(to, [](const auto& known) { return known.expired(); });
    to.push_back(std::move(cache));
  }
  /// Until `bytes` more fit into the budget. True where they do.
  bool evict(const Caches& of, std::size_t bytes);
  std::string holders() const;

  mutable std::mutex mutex_;
  const std::size_t budget_;
  const std::size_t slab_limit_;
  std::byte* base_ = nullptr;
  std::atomic<std::size_t> slab_count_ = 0;
  BuddyBlocks blocks_;
  std::size_t granted_ = 0;
  std::size_t peak_ = 0;
  std::size_t open_shares_ = 0;
  std::list<ShareState*> shares_;
  Caches caches_;
  Caches spares_;
};

// Room for what may be granted by force (twice the budget) and as much again for what lies between blocks in use.
PoolState::PoolState(std::size_t budget)
    : budget_(std::max(budget, least_budget)), slab_limit_(4 * (budget_ / largest_buffer + 1) + 16) {
  void* memory = ::mmap(nullptr, slab_limit_ * largest_buffer, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw Error::from_errno(errno, "reserving address space for the buffer pool");
  base_ = static_cast<std::byte*>(memory);
  // Huge pages make registering with io_uring 10 to 50 times cheaper. A child must not copy the pool's pages on write.
  // Both are hints: without them it is slower, not wrong.
  ::madvise(memory, slab_limit_ * largest_buffer, MADV_HUGEPAGE);
  ::madvise(memory, slab_limit_ * largest_buffer, MADV_DONTFORK);
}

std::span<std::byte> PoolState::block(std::size_t bytes) {
  const unsigned order = order_of(bytes);
  auto unit = blocks_.allocate(order);
  if (!unit) {
    if (blocks_.slabs() == slab_limit_) return {};
    blocks_.add_slab();
    slab_count_.store(blocks_.slabs(), std::memory_order_release);
    unit = blocks_.allocate(order);
  }
  return {base_ + *unit * smallest_buffer, bytes};
}

std::span<std::byte> PoolState::grant(ShareState& share, std::size_t most, std::size_t least, std::size_t limit) {
  for (std::size_t bytes = most; bytes >= least; bytes /= 2) {
    if (granted_ + bytes > limit) continue;
    const std::span<std::byte> granted = block(bytes);
    if (granted.empty()) continue;
    granted_ += bytes;
    peak_ = std::max(peak_, granted_);
    share.held += bytes;
    permit(granted);
    return granted;
  }
  return {};
}

std::span<std::byte> PoolState::need(ShareState& share, std::size_t wanted) {
  std::unique_lock lock(mutex_);
  const std::size_t most = std::min(rounded(wanted), std::bit_floor(std::max(fair_part(), smallest_buffer)));
  if (granted_ + most > budget_ && !(caches_.empty() && spares_.empty())) {
    lock.unlock();
    if (!evict(spares_, most)) evict(caches_, most);
    lock.lock();
  }
  std::span<std::byte> granted = grant(share, most, smallest_buffer, budget_);
  // What each stream needs to go on is never refused, and not counted against the others: one buffer that its user has,
  // and one to be filled meanwhile.
  const std::size_t cap = share.held < never_refused ? SIZE_MAX : 2 * budget_ + open_shares_ * never_refused;
  if (granted.empty()) granted = grant(share, smallest_buffer, smallest_buffer, cap);
  if (!granted.empty()) return granted;
  throw Error(ErrorKind::budget_exhausted, "twice the memory budget of " + format_byte_size(budget_) +
                                               " is held in chunks that were not let go, by " + holders() +
                                               "; let chunks go after use, or raise the budget");
}

std::span<std::byte> PoolState::try_more(ShareState& share, std::size_t wanted, std::size_t at_least) {
  std::unique_lock lock(mutex_);
  const std::size_t fair = fair_part();
  if (share.held + smallest_buffer > fair) return {};
  const std::size_t most = std::min(rounded(wanted), std::bit_floor(fair - share.held));
  if (granted_ + most > budget_ && !spares_.empty()) {
    lock.unlock();
    evict(spares_, most);
    lock.lock();
  }
  return grant(share, most, rounded(at_least), budget_);
}

void PoolState::give_back(ShareState& share, std::span<std::byte> given) noexcept {
  forbid(given);
  const std::lock_guard lock(mutex_);
  blocks_.release(static_cast<std::size_t>(given.data() - base_) / smallest_buffer, order_of(given.size()));
  granted_ -= given.size();
  share.held -= given.size();
}

bool PoolState::evict(const Caches& of, std::size_t bytes) {
  Caches caches;
  {
    const std::lock_guard lock(mutex_);
    caches = of;
  }
  for (auto cache = caches.rbegin(); cache != caches.rend(); ++cache) {
    if (const auto alive = cache->lock()) alive->evict(bytes);
    const std::lock_guard lock(mutex_);
    if (granted_ + bytes <= budget_) return true;
  }
  return false;
}

std::string PoolState::holders() const {
  std::vector<const ShareState*> by_size(shares_.begin(), shares_.end());
  std::sort(by_size.begin(), by_size.end(), [](const auto* a, const auto* b) { return a->held > b->held; });
  std::string text;
  for (std::size_t i = 0; i < by_size.size() && i < 5; ++i) {
    if (by_size[i]->held == 0) break;
    if (i > 0) text += ", ";
    text += by_size[i]->holder + " (" + format_byte_size(by_size[i]->held) + ")";
  }
  return text;
}

ShareState::ShareState(std::shared_ptr<PoolState> from, std::string name)
    : pool(std::move(from)), holder(std::move(name)), place(pool->enter(this)) {}

ShareState::~ShareState() { pool->leave(*this); }

Buffer::Buffer(std::shared_ptr<ShareState> share, std::span<std::byte> bytes) noexcept
    : share_(std::move(share)), bytes_(bytes) {}

Buffer::Buffer(Buffer&& other) noexcept : share_(std::move(other.share_)), bytes_(std::exchange(other.bytes_, {})) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  Buffer old(std::move(*this));
  share_ = std::move(other.share_);
  bytes_ = std::exchange(other.bytes_, {});
  return *this;
}

Buffer::~Buffer() {
  if (share_ && !bytes_.empty()) share_->pool->give_back(*share_, bytes_);
}

Chunk Buffer::share(std::size_t used) && {
  const std::span<const std::byte> part = bytes_.first(std::min(used, bytes_.size()));
  return {std::make_shared<const Buffer>(std::move(*this)), part};
}

BudgetShare::BudgetShare(std::shared_ptr<ShareState> state) noexcept : state_(std::move(state)) {}

BudgetShare& BudgetShare::operator=(BudgetShare&& other) noexcept {
  BudgetShare old(std::move(*this));
  state_ = std::move(other.state_);
  return *this;
}

BudgetShare::~BudgetShare() {
  if (state_) state_->pool->close(*state_);
}

Buffer BudgetShare::need(std::size_t wanted) {
  const std::span<std::byte> granted = state_->pool->need(*state_, wanted);
  return Buffer(state_, granted);
}

std::optional<Buffer> BudgetShare::try_more(std::size_t wanted, std::size_t at_least) {
  const std::span<std::byte> granted = state_->pool->try_more(*state_, wanted, at_least);
  if (granted.empty()) return std::nullopt;
  return Buffer(state_, granted);
}

std::size_t BudgetShare::held() const noexcept { return state_->pool->held(*state_); }

BufferPool::BufferPool(std::size_t budget) : state_(std::make_shared<PoolState>(budget)) {}
BufferPool::~BufferPool() = default;

BudgetShare BufferPool::open_share(std::string holder) {
  return BudgetShare(std::make_shared<ShareState>(state_, std::move(holder)));
}

void BufferPool::add_cache(std::weak_ptr<Evictable> cache) { state_->add_cache(std::move(cache)); }
void BufferPool::add_spare(std::weak_ptr<Evictable> cache) { state_->add_spare(std::move(cache)); }
PoolUse BufferPool::use() const { return state_->use(); }
std::size_t BufferPool::slab_count() const noexcept { return state_->slab_count(); }
std::size_t BufferPool::slab_limit() const noexcept { return state_->slab_limit(); }

std::span<std::byte> BufferPool::slab(std::size_t index) const noexcept {
  return {state_->base() + index * largest_buffer, largest_buffer};
}

std::optional<std::size_t> BufferPool::slab_of(const std::byte* address) const noexcept {
  const std::byte* base = state_->base();
  if (address < base || address >= base + slab_count() * largest_buffer) return std::nullopt;
  return static_cast<std::size_t>(address - base) / largest_buffer;
}

}  // namespace coffer
