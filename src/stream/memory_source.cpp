#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include <coffer/stream/memory_source.hpp>

#include "stream/turn.hpp"

namespace coffer {
namespace {

constexpr std::size_t largest_chunk = std::size_t{1} << 20U;

struct Content {
  std::string bytes;
  ObjectInfo info;
};

class MemorySource final : public ByteSource {
 public:
  MemorySource(std::shared_ptr<const Content> content, Extent extent)
      : content_(std::move(content)), next_(extent.offset), end_(extent.end()) {}

  const ObjectInfo& info() const override { return content_->info; }

  Task<std::optional<Chunk>> co_read(std::size_t at_most) override {
    if (turn_.over()) co_await co_give_way();
    if (next_ == end_) co_return std::nullopt;
    const std::size_t most = at_most == 0 ? largest_chunk : std::min(at_most, largest_chunk);
    const std::size_t size = std::min(most, end_ - next_);
    Chunk chunk(content_, std::as_bytes(std::span(content_->bytes)).subspan(next_, size));
    next_ += size;
    turn_.spend(size);
    co_return std::move(chunk);
  }

  Task<SourcePtr> co_reopen(ByteRange range) override {
    const Extent extent = range.within(content_->bytes.size()).value();
    co_return std::make_unique<MemorySource>(content_, extent);
  }

 private:
  std::shared_ptr<const Content> content_;
  std::size_t next_;
  std::size_t end_;
  Turn turn_;
};

}  // namespace

SourcePtr make_memory_source(std::string bytes, std::string content_type) {
  auto content = std::make_shared<Content>();
  content->info.size = bytes.size();
  content->info.content_type = std::move(content_type);
  content->bytes = std::move(bytes);
  const Extent whole{0, content->bytes.size()};
  return std::make_unique<MemorySource>(std::move(content), whole);
}

}  // namespace coffer
