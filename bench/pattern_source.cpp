#include "bench/pattern_source.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <coffer/base/literals.hpp>

namespace coffer::bench {

namespace {

constexpr std::size_t chunk_bytes = 1_MiB;
// As many as fio has buffers.
constexpr std::size_t chunk_count = 4;

void fill(std::span<std::byte> bytes, std::mt19937_64& random) {
  for (std::size_t at = 0; at + sizeof(std::uint64_t) <= bytes.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t word = random();
    std::memcpy(bytes.data() + at, &word, sizeof word);
  }
}

class PatternSource final : public ByteSource {
 public:
  PatternSource(Runtime& runtime, std::uint64_t bytes) : share_(runtime.pool().open_share("pattern")), left_(bytes) {
    info_.size = bytes;
    std::mt19937_64 random(20221);
    for (std::size_t made = 0; made < chunk_count; ++made) {
      Buffer buffer = share_.need(chunk_bytes);
      fill(buffer.bytes(), random);
      const std::size_t size = buffer.size();
      chunks_.push_back(std::move(buffer).share(size));
    }
  }

  const ObjectInfo& info() const override { return info_; }

  Task<std::optional<Chunk>> co_read(std::size_t at_most) override {
    if (left_ == 0) co_return std::nullopt;
    const Chunk& whole = chunks_[next_++ % chunks_.size()];
    const std::uint64_t room = at_most == 0 ? left_ : std::min<std::uint64_t>(left_, at_most);
    Chunk chunk = whole.slice(0, static_cast<std::size_t>(std::min<std::uint64_t>(room, whole.size())));
    left_ -= chunk.size();
    co_return chunk;
  }

 private:
  BudgetShare share_;
  std::vector<Chunk> chunks_;
  std::size_t next_ = 0;
  std::uint64_t left_;
  ObjectInfo info_;
};

}  // namespace

SourcePtr make_pattern_source(Runtime& runtime, std::uint64_t bytes) {
  return std::make_unique<PatternSource>(runtime, bytes);
}

}  // namespace coffer::bench
