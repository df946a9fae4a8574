#pragma once

#include <cstddef>
#include <string_view>

#include <coffer/stream/byte_sink.hpp>

namespace coffer {

/// Gathers small writes in a sink's own buffers. The sink, which outlives it, is committed by the caller, after
/// co_flush().
class SinkWriter {
 public:
  /// `at_least` as co_buffer() has it.
  explicit SinkWriter(ByteSink& sink, std::size_t at_least = std::size_t{256} << 10U)
      : sink_(sink), at_least_(at_least) {}

  /// `text` stays valid until it returns.
  Task<> co_write(std::string_view text);
  /// Hands on what was gathered.
  Task<> co_flush();

 private:
  ByteSink& sink_;
  const std::size_t at_least_;
  Buffer buffer_;
  std::size_t used_ = 0;
};

}  // namespace coffer
