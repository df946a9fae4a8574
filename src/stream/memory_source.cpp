#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include <coffer/stream/memory_source.hpp>

#include "stream/turn.hpp"

namespace coffer {
namespace {

constexpr std::size_t largest_chunk = std::size_t{1} << 20U;

class MemorySource final : public ByteSource {
 public:
  MemorySource(std::shared_ptr<const std::string> bytes, ObjectInfo info, Extent extent)
      : bytes_(std::move(bytes)), info_(std::move(info)), next_(extent.offset), end_(extent.end()) {}

  const ObjectInfo& info() const override { return info_; }

  Task<std::optional<Chunk>> co_read(std::size_t at_most) override {
    if (turn_.over()) co_await co_give_way();
    if (next_ == end_) co_return std::nullopt;
    const std::size_t most = at_most == 0 ? largest_chunk : std::min(at_most, largest_chunk);
    const std::size_t size = std::min(most, end_ - next_);
    Chunk chunk(bytes_, std::as_bytes(std::span(*bytes_)).subspan(next_, size));
    next_ += size;
    turn_.spend(size);
    co_return std::move(chunk);
  }

  Task<SourcePtr> co_reopen(ByteRange range) override { co_return make_memory_source(bytes_, info_, range); }

 private:
  std::shared_ptr<const std::string> bytes_;
  ObjectInfo info_;
  std::size_t next_;
  std::size_t end_;
  Turn turn_;
};

}  // namespace

SourcePtr make_memory_source(std::shared_ptr<const std::string> bytes, ObjectInfo info, ByteRange range) {
  const Extent extent = range.within(bytes->size()).value();
  return std::make_unique<MemorySource>(std::move(bytes), std::move(info), extent);
}

SourcePtr make_memory_source(std::string bytes, std::string content_type) {
  ObjectInfo info;
  info.size = bytes.size();
  info.content_type = std::move(content_type);
  return make_memory_source(std::make_shared<const std::string>(std::move(bytes)), std::move(info));
}

}  // namespace coffer
