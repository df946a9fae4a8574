#pragma once

#include <memory>

#include <coffer/stream/byte_sink.hpp>

namespace coffer {

/// Where the bytes of a live object wait whose store cannot read them before commit. A file without a name: gone with
/// the last holder, also after kill -9. One writer (append), many readers.
class ScratchFile : public Readback {
 public:
  /// Appends; readable() grows by the chunk when it returns.
  virtual Task<> co_append(Chunk chunk) = 0;
};

/// Makes scratch files. Thread-safe.
class Scratch {
 public:
  virtual ~Scratch() = default;
  virtual Task<std::shared_ptr<ScratchFile>> co_create() = 0;
};

}  // namespace coffer
