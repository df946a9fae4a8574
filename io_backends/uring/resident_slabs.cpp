#include "io_backends/uring/resident_slabs.hpp"

#include <span>

#include <boost/asio/this_coro.hpp>
#include <sys/mman.h>

#include "async/helper_threads.hpp"
#include "async/loop_role.hpp"

namespace coffer {

/// Given back with the coroutine that took it, also where that is destroyed with its loop.
class ResidentSlabs::Turn {
 public:
  explicit Turn(ResidentSlabs& of) noexcept : of_(of) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    of_.busy_.store(false, std::memory_order_release);
    of_.changed_.notify_all();
  }

 private:
  ResidentSlabs& of_;
};

Task<> ResidentSlabs::co_make_resident(const std::byte* at) {
  const std::size_t index = *runtime_.pool().slab_of(at);
  const boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
  if (runs_on_own_thread(executor)) {
    resident_[index].store(true, std::memory_order_relaxed);
    co_return;
  }
  for (;;) {
    const std::uint64_t seen = changed_.epoch();
    if (!is_fresh(at)) co_return;
    if (!busy_.exchange(true, std::memory_order_acquire)) break;
    // Deaf to cancellation, which the operation behind this sees.
    co_await changed_.co_wait_shielded(seen);
  }
  const Turn turn(*this);
  const std::span<std::byte> slab = runtime_.pool().slab(index);
  // A hint: where it fails, the first use does it.
  auto populate = [slab] { ::madvise(slab.data(), slab.size(), MADV_POPULATE_WRITE); };
  co_await runtime_.helpers().co_run(populate);
  resident_[index].store(true, std::memory_order_relaxed);
}

}  // namespace coffer
