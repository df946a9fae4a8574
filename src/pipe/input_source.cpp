#include "pipe/input_source.hpp"

namespace coffer {

Task<std::optional<Chunk>> InputSource::co_read(std::size_t at_most) {
  std::optional<WorkGauge::Pause> pause;
  if (gauge_ != nullptr) pause.emplace(*gauge_, PipeWait::input);
  std::optional<Chunk> chunk = co_await inner_->co_read(at_most);
  if (chunk) tally_->bytes_in += chunk->size();
  co_return chunk;
}

Task<SourcePtr> InputSource::co_reopen(ByteRange range) {
  SourcePtr again = co_await inner_->co_reopen(range);
  if (again) again = std::make_unique<InputSource>(std::move(again), tally_, gauge_);
  co_return again;
}

}  // namespace coffer
