#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <coffer/stream/scratch.hpp>

namespace coffer::test {

/// Scratch files in ordinary memory.
class MemoryScratch final : public Scratch {
 public:
  Task<std::shared_ptr<ScratchFile>> co_create() override {
    std::shared_ptr<ScratchFile> file = std::make_shared<InMemory>();
    co_return file;
  }

 private:
  class InMemory final : public ScratchFile {
   public:
    Task<> co_append(Chunk chunk) override {
      const std::lock_guard lock(mutex_);
      bytes_.append(chunk.text());
      co_return;
    }
    std::uint64_t readable() const noexcept override {
      const std::lock_guard lock(mutex_);
      return bytes_.size();
    }
    Task<Chunk> co_read_at(BudgetShare& share, std::uint64_t offset, std::size_t at_most) override {
      Buffer buffer = share.need(at_most);
      const std::lock_guard lock(mutex_);
      const std::size_t size = std::min({buffer.size(), at_most, bytes_.size() - static_cast<std::size_t>(offset)});
      std::memcpy(buffer.data(), bytes_.data() + offset, size);
      Chunk chunk = std::move(buffer).share(size);
      co_return chunk;
    }

   private:
    mutable std::mutex mutex_;
    std::string bytes_;
  };
};

}  // namespace coffer::test
