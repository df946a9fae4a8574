#include <optional>
#include <utility>

#include <coffer/stream/pump.hpp>

namespace coffer {

Task<std::uint64_t> co_pump(ByteSource& source, ByteSink& sink, Progress progress) {
  std::uint64_t moved = 0;
  try {
    while (std::optional<Chunk> chunk = co_await source.co_read()) {
      moved += chunk->size();
      co_await sink.co_write(std::move(*chunk));
      if (progress) progress(moved);
    }
  } catch (...) {
    // Asio's own exception for a cancelled await, or whatever a user's source throws.
    throw to_error(std::current_exception());
  }
  co_return moved;
}

}  // namespace coffer
