#include "bench/inference.hpp"

#include <thread>
#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace coffer::bench {
namespace {

Task<> co_write(ByteSink& sink, Chunk chunk) {
  if (!chunk.empty()) co_await sink.co_write(std::move(chunk));
}

}  // namespace

Task<> Inference::co_hand_on(PipeIo& io, ByteSource& source, ByteSink& sink,
                             const std::function<void(const std::function<void()>&)>& around) const {
  using boost::asio::experimental::awaitable_operators::operator&&;
  Chunk before;
  while (std::optional<Chunk> chunk = co_await source.co_read(part_)) {
    const std::chrono::duration<double> time(for_a_byte_ * static_cast<double>(chunk->size()));
    const std::function<void()> sleep = [time] {
      if (time.count() > 0) std::this_thread::sleep_for(time);
    };
    auto call = [&sleep, &around] { around ? around(sleep) : sleep(); };
    Task<> inferring = io.compute(std::move(call));
    Task<> writing = co_write(sink, std::move(before));
    co_await (std::move(inferring) && std::move(writing));
    before = std::move(*chunk);
  }
  co_await co_write(sink, std::move(before));
}

}  // namespace coffer::bench
