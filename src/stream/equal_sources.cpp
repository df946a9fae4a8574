#include "stream/equal_sources.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace coffer {
namespace {

/// What of the last chunk was not compared yet.
class Rest {
 public:
  explicit Rest(ByteSource& source) : source_(source) {}

  /// Empty at the end.
  Task<std::string_view> co_bytes() {
    while (bytes_.empty() && !at_end_) {
      chunk_ = co_await source_.co_read();
      at_end_ = !chunk_;
      if (chunk_) bytes_ = chunk_->text();
    }
    co_return bytes_;
  }
  void skip(std::size_t count) { bytes_.remove_prefix(count); }

 private:
  ByteSource& source_;
  std::optional<Chunk> chunk_;
  std::string_view bytes_;
  bool at_end_ = false;
};

}  // namespace

Task<bool> co_equal(ByteSource& one, ByteSource& other) {
  Rest a(one);
  Rest b(other);
  for (;;) {
    const std::string_view here = co_await a.co_bytes();
    const std::string_view there = co_await b.co_bytes();
    const std::size_t count = std::min(here.size(), there.size());
    if (count == 0) co_return here.empty() && there.empty();
    if (here.substr(0, count) != there.substr(0, count)) co_return false;
    a.skip(count);
    b.skip(count);
  }
}

}  // namespace coffer
