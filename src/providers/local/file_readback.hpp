#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include <coffer/stream/byte_sink.hpp>

#include "io_backends/io_backend.hpp"
#include "providers/local/subject.hpp"

namespace coffer {

/// Reads a file that is being written, as far as it is written without a gap.
class FileReadback final : public Readback {
 public:
  /// `alignment` as in NewFile.
  FileReadback(std::shared_ptr<IoBackend> io, FilePtr file, std::uint32_t alignment, Subject subject);

  /// A write has ended; they may end in any order.
  void written(std::uint64_t offset, std::uint64_t length);

  std::uint64_t readable() const noexcept override { return readable_.load(std::memory_order_acquire); }
  Task<Chunk> co_read_at(BudgetShare& share, std::uint64_t offset, std::size_t at_most) override;

 private:
  Task<Chunk> co_read_window(BudgetShare& share, std::uint64_t offset, std::size_t at_most);

  const std::shared_ptr<IoBackend> io_;
  const FilePtr file_;
  const std::uint32_t alignment_;
  const Subject subject_;
  std::atomic<std::uint64_t> readable_ = 0;
  std::mutex mutex_;
  std::map<std::uint64_t, std::uint64_t> beyond_gap_;  // Offset -> end.
};

}  // namespace coffer
