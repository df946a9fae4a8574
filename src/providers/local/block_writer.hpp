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
#include "providers/local/new_file.hpp"

namespace coffer {

/// Writes a stream of bytes into a new file: directly and in aligned blocks, several in flight, the tail buffered. What
/// is already aligned is written without a copy. Computes the checksum while the device works. One outstanding call.
class BlockWriter {
 public:
  /// `size` is what will come, where that is known.
  BlockWriter(Runtime& runtime, std::shared_ptr<IoBackend> io, const NewFile& file, BudgetShare share,
              std::optional<std::uint64_t> size, Subject subject);

  Task<Buffer> co_buffer(std::size_t at_least);
  Task<> co_write(Chunk chunk);
  /// Writes what is left and waits for all writes.
  Task<> co_finish();

  std::uint64_t size() const noexcept { return taken_; }
  std::uint32_t crc32c() const noexcept { return crc_.value(); }
  const std::shared_ptr<FileReadback>& readback() const noexcept { return readback_; }

 private:
  /// What one write needs, alive until it has ended.
  struct Target {
    Runtime* runtime = nullptr;
    std::shared_ptr<IoBackend> io;
    FilePtr file;
    std::shared_ptr<FileReadback> readback;
    bool direct = false;
  };
  static Task<bool> write_block(std::shared_ptr<const Target> target, std::uint64_t offset, Chunk block);

  bool can_go_as_it_is(const Chunk& chunk) const noexcept;
  Task<> co_submit(Chunk block);
  Task<> co_wait_for_oldest();
  Task<> co_wait_for_all();
  Task<> co_write_tail(Chunk tail);

  const std::shared_ptr<FileReadback> readback_;
  const std::shared_ptr<const Target> target_;
  const std::uint32_t alignment_;
  const std::optional<std::uint64_t> expected_;
  BudgetShare share_;
  std::deque<Started<bool>> in_flight_;
  std::uint64_t taken_ = 0;      // Bytes given to co_write.
  std::uint64_t submitted_ = 0;  // A multiple of alignment_ until the tail.
  Buffer staging_;               // Bytes between the two.
  std::size_t staged_ = 0;
  Crc32c crc_;  // Of the submitted bytes.
};

}  // namespace coffer
