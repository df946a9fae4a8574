#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <coffer/stream/byte_sink.hpp>

#include "providers/local/live_announcement.hpp"
#include "providers/local/new_file.hpp"
#include "providers/local/subject.hpp"

namespace coffer {

/// Where a new file belongs, and how it gets there.
class Placement {
 public:
  virtual ~Placement() = default;
  /// What belongs to the file besides its bytes, then its flush. Nothing is visible yet.
  virtual Task<> co_prepare(FilePtr file, std::uint64_t size, std::uint32_t crc32c) = 0;
  /// Gives the file its name, durably. Runs to its end whoever waits for it.
  virtual Task<Stored> co_place(NewFile file, std::uint64_t size, std::uint32_t crc32c) = 0;
};

/// Prepares and places a file that is written. A cancellation ends it before the file gets its name, and not after.
Task<Stored> co_commit_file(Runtime& runtime, std::shared_ptr<Placement> placement, NewFile file, std::uint64_t size,
                            std::uint32_t crc32c);

/// A sink into a new file. `expected` is the size that was announced. `followers` are told soon of what was written;
/// null where there are none.
SinkPtr make_file_sink(Runtime& runtime, std::shared_ptr<IoBackend> io, NewFile file,
                       std::shared_ptr<Placement> placement, std::optional<std::uint64_t> expected,
                       std::shared_ptr<LiveAnnouncement> followers, Subject subject);

}  // namespace coffer
