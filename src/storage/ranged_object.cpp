#include "storage/ranged_object.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

namespace coffer {
namespace {

/// Reading this much for nothing costs less than one more request.
constexpr std::uint64_t near_bytes = std::uint64_t{64} << 10U;

/// Whether an object opened later is the one that was opened first, for stores without etags.
bool same_object(const ObjectInfo& first, const ObjectInfo& later) {
  return first.etag == later.etag && first.size == later.size && first.modified == later.modified;
}

class RangedObject final : public Object {
 public:
  RangedObject(StorageProvider& provider, BudgetShare share, std::string key, ObjectInfo info)
      : provider_(provider), share_(std::move(share)), key_(std::move(key)), info_(std::move(info)) {}

  const ObjectInfo& info() const override { return info_; }

  Task<Chunk> co_read_at(ByteRange range) override {
    const Extent extent = extent_of_read(range, *info_.size);
    co_return co_await co_read_extent(extent);
  }

  Task<std::vector<Chunk>> co_read_ranges(std::vector<ByteRange> ranges) override {
    std::vector<Extent> extents;
    extents.reserve(ranges.size());
    for (const ByteRange& range : ranges) extents.push_back(extent_of_read(range, *info_.size));
    std::vector<Chunk> chunks(ranges.size());
    const std::vector<RangeGroup> groups = merge_near(extents, near_bytes, largest_buffer);
    for (const RangeGroup& group : groups) {
      const Chunk all = co_await co_read_extent(group.extent);
      for (const std::size_t member : group.members) {
        const Extent& wanted = extents[member];
        const std::uint64_t skipped = wanted.offset - group.extent.offset;
        if (wanted.length > 0 && skipped >= all.size()) {
          // The budget was short, and the group's buffer smaller than the group.
          chunks[member] = co_await co_read_extent(wanted);
        } else {
          chunks[member] = all.slice(skipped, wanted.length);
        }
      }
    }
    co_return std::move(chunks);
  }

 private:
  Task<SourcePtr> co_open(Extent extent) {
    ReadOptions options = ReadOptions().range(ByteRange::of(extent.offset, extent.length));
    if (!info_.etag.empty()) options = ReadOptions(std::move(options).if_etag(info_.etag));
    SourcePtr source = co_await provider_.co_open(key_, std::move(options));
    if (!same_object(info_, source->info())) {
      throw Error(ErrorKind::precondition_failed, "the object was replaced since it was opened")
          .about(info_.uri.text());
    }
    co_return std::move(source);
  }

  /// All of it, or as much as fits the buffer that the budget has.
  Task<Chunk> co_read_extent(Extent extent) {
    if (extent.length == 0) co_return Chunk();
    const SourcePtr source = co_await co_open(extent);
    std::optional<Chunk> chunk = co_await source->co_read();
    if (!chunk) throw too_short();
    if (chunk->size() >= extent.length) co_return chunk->slice(0, extent.length);

    Buffer buffer = share_.need(extent.length);
    const std::size_t wanted = std::min<std::size_t>(buffer.size(), extent.length);
    std::size_t filled = 0;
    while (true) {
      const std::size_t part = std::min(chunk->size(), wanted - filled);
      std::memcpy(buffer.data() + filled, chunk->data(), part);
      filled += part;
      if (filled == wanted) break;
      chunk.reset();  // Gives its memory back before the next one is read.
      chunk = co_await source->co_read(wanted - filled);
      if (!chunk) throw too_short();
    }
    co_return std::move(buffer).share(filled);
  }

  Error too_short() const {
    return Error(ErrorKind::corrupt, "the object ended before the size it had when it was opened")
        .about(info_.uri.text());
  }

  StorageProvider& provider_;
  BudgetShare share_;
  std::string key_;
  ObjectInfo info_;
};

}  // namespace

Extent extent_of_read(const ByteRange& range, std::uint64_t size) {
  Extent extent = range.within(size).value();
  extent.length = std::min<std::uint64_t>(extent.length, largest_buffer);
  return extent;
}

std::vector<RangeGroup> merge_near(const std::vector<Extent>& extents, std::uint64_t gap, std::uint64_t largest) {
  std::vector<std::size_t> order(extents.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(extents[a].offset, a) < std::pair(extents[b].offset, b);
  });
  std::vector<RangeGroup> groups;
  for (const std::size_t index : order) {
    const Extent& next = extents[index];
    if (!groups.empty()) {
      RangeGroup& group = groups.back();
      const std::uint64_t end = std::max(group.extent.end(), next.end());
      if (next.offset <= group.extent.end() + gap && end - group.extent.offset <= largest) {
        group.extent.length = end - group.extent.offset;
        group.members.push_back(index);
        continue;
      }
    }
    groups.push_back(RangeGroup{next, {index}});
  }
  return groups;
}

Task<ObjectPtr> co_ranged_object(StorageProvider& provider, BufferPool& pool, std::string key, ReadOptions options) {
  const std::string name = provider.uri_of(key).text();
  std::optional<ObjectInfo> info = co_await provider.co_head(key);
  if (!info) throw Error(ErrorKind::not_found, "there is no such object").about(name);
  if (options.etag() && *options.etag() != info->etag) {
    throw Error(ErrorKind::precondition_failed, "the object has another etag").about(name);
  }
  if (!info->size) throw Error(ErrorKind::unsupported, "random access needs an object of known size").about(name);
  co_return std::make_unique<RangedObject>(provider, pool.open_share("read " + name), std::move(key), std::move(*info));
}

}  // namespace coffer
