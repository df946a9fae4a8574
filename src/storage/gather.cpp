#include "storage/gather.hpp"

#include <coffer/base/byte_size.hpp>
#include <coffer/base/error.hpp>

namespace coffer {
namespace {

Error larger_than(std::uint64_t limit) {
  return {ErrorKind::too_large, "more than the " + format_byte_size(limit) +
                                    " that may be loaded whole: stream it with co_open, or raise max_bytes"};
}

}  // namespace

Task<std::string> co_gather(SourcePtr source, ByteRange range, std::uint64_t limit) {
  std::string bytes;
  if (source->info().size) {
    const std::uint64_t coming = range.within(*source->info().size).value().length;
    if (coming > limit) throw larger_than(limit).about(source->info().uri.text());
    bytes.reserve(coming);
  }
  while (const std::optional<Chunk> chunk = co_await source->co_read()) {
    if (chunk->size() > limit - bytes.size()) throw larger_than(limit).about(source->info().uri.text());
    bytes.append(chunk->text());
  }
  co_return std::move(bytes);
}

}  // namespace coffer
