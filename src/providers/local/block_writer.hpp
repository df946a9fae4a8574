#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include <coffer/async/buffer_pool.hpp>
#include <coffer/async/runtime.hpp>
#include <coffer/async/task.hpp>
#include <coffer/base/checksum.hpp>

#include "async/started.hpp"
#include "io_backends/io_backend.hpp"
#include "providers/local/file_readback.hpp"
#include "providers/local/live_announcement.hpp"
#include "providers/local/new_file.hpp"

namespace coffer {

/// Writes a stream of bytes into a new file: directly and in aligned blocks, several in flight, the tail buffered. What
/// is already aligned is written without a copy. Computes the checksum while the device works. One outstanding call.
class BlockWriter {
 public:
  /// `size` is what will come, where that is known. `followers` are told what was written; null where there are none.
  BlockWriter(Runtime& runtime, std::shared_ptr<IoBackend> io, const NewFile& file, BudgetShare share,
              std::optional<std::uint64_t> size, std::shared_ptr<LiveAnnouncement> followers, Subject subject);

  Task<Buffer> co_buffer(std::size_t at_least);
  Task<> co_write(Chunk chunk);
  /// Begins to write what is held back until it fills a block.
  Task<> co_flush();
  /// Writes what is left and waits for all writes.
  Task<> co_finish();

  std::uint64_t size() const noexcept { return taken_; }
  /// The end of what was given to the system, written or not yet.
  std::uint64_t submitted() const noexcept { return submitted_; }
  std::uint32_t crc32c() const noexcept { return crc_.value(); }
  const std::shared_ptr<FileReadback>& readback() const noexcept { return readback_; }

 private:
  /// What one write needs, alive until it has ended.
  struct Target {
    Runtime* runtime = nullptr;
    std::shared_ptr<IoBackend> io;
    FilePtr file;
    std::shared_ptr<FileReadback> readback;
    std::shared_ptr<LiveAnnouncement> followers;
    bool direct = false;
  };
  static Task<bool> write_block(std::shared_ptr<const Target> target, std::uint64_t offset, Chunk block);

  bool can_go_as_it_is(const Chunk& chunk) const noexcept;
  std::size_t lead() const noexcept { return static_cast<std::size_t>(submitted_ % alignment_); }
  Task<> co_submit(Chunk block);
  Task<> co_submit_part(Chunk part, bool direct);
  Task<> co_wait_for_oldest();
  Task<> co_wait_for_all();

  const std::shared_ptr<FileReadback> readback_;
  const std::shared_ptr<const Target> target_;
  const std::uint32_t alignment_;
  const std::optional<std::uint64_t> expected_;
  BudgetShare share_;
  std::deque<Started<bool>> in_flight_;
  std::uint64_t taken_ = 0;  // Bytes given to co_write.
  std::uint64_t submitted_ = 0;
  Buffer staging_;  // Bytes between the two, from lead() on: as far from an aligned place in memory as in the file.
  std::size_t staged_ = 0;
  bool direct_;  // How the file is written now.
  Crc32c crc_;   // Of the submitted bytes.
};

}  // namespace coffer
