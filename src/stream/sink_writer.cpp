#include "stream/sink_writer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace coffer {

Task<> SinkWriter::co_write(std::string_view text) {
  while (!text.empty()) {
    if (!buffer_) buffer_ = co_await sink_.co_buffer(at_least_);
    const std::size_t part = std::min(text.size(), buffer_.size() - used_);
    std::memcpy(buffer_.data() + used_, text.data(), part);
    used_ += part;
    text.remove_prefix(part);
    if (used_ == buffer_.size()) co_await co_flush();
  }
}

Task<> SinkWriter::co_flush() {
  if (!buffer_) co_return;
  Chunk chunk = std::move(buffer_).share(std::exchange(used_, 0));
  buffer_ = Buffer();
  co_await sink_.co_write(std::move(chunk));
}

}  // namespace coffer
