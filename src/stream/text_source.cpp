#include <memory>
#include <utility>

#include <coffer/stream/text_source.hpp>

#include "stream/turn.hpp"

namespace coffer {
namespace {

class TextSource final : public ByteSource {
 public:
  TextSource(TextParts parts, std::string content_type) : parts_(std::move(parts)) {
    info_.content_type = std::move(content_type);
  }

  const ObjectInfo& info() const override { return info_; }

  Task<std::optional<Chunk>> co_read(std::size_t at_most) override {
    if (turn_.over()) co_await co_give_way();
    if (rest_.empty()) rest_ = Chunk::of(parts_());
    if (rest_.empty()) co_return std::nullopt;
    Chunk chunk = at_most == 0 ? rest_ : rest_.slice(0, at_most);
    rest_ = rest_.from(chunk.size());
    turn_.spend(chunk.size());
    co_return std::move(chunk);
  }

 private:
  const TextParts parts_;
  ObjectInfo info_;
  Chunk rest_;
  Turn turn_;
};

}  // namespace

SourcePtr make_text_source(TextParts parts, std::string content_type) {
  return std::make_unique<TextSource>(std::move(parts), std::move(content_type));
}

}  // namespace coffer
