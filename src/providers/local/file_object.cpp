#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include <boost/asio/this_coro.hpp>

#include "async/started.hpp"
#include "providers/local/aligned_window.hpp"
#include "providers/local/open_object.hpp"
#include "storage/ranged_object.hpp"

namespace coffer {
namespace {

// Reading this much between two ranges costs less than a second read.
constexpr std::uint64_t near_bytes = std::uint64_t{64} << 10U;
constexpr std::size_t most_in_flight = 16;

/// Random access on an open file, through the page cache: what is read at random is often read again.
class FileObjectReader final : public Object {
 public:
  explicit FileObjectReader(OpenObjectPtr object)
      : object_(std::move(object)),
        share_(object_->runtime.pool().open_share(object_->subject.operation + " " + object_->subject.uri)) {}

  const ObjectInfo& info() const override { return object_->object.info; }

  Task<Chunk> co_read_at(ByteRange range) override { return co_named(object_->subject, co_read_one(range)); }

  Task<std::vector<Chunk>> co_read_ranges(std::vector<ByteRange> ranges) override {
    return co_named(object_->subject, co_read_all(std::move(ranges)));
  }

 private:
  // The start of the extent, as much as the buffer takes.
  static Task<Chunk> read_extent(OpenObjectPtr object, Extent extent, Buffer buffer) {
    const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(extent.length, buffer.size()));
    ReadDone done = co_await object->io->co_read_at(object->file, extent.offset, std::move(buffer), want);
    if (done.bytes < want) {
      throw Error(ErrorKind::corrupt, "it ends at byte " + std::to_string(extent.offset + done.bytes) +
                                          " and was longer when it was opened: another program cut it");
    }
    co_return std::move(done.buffer).share(done.bytes);
  }

  Task<Chunk> co_read_extent(Extent extent) {
    if (extent.length == 0) co_return Chunk();
    Buffer buffer = share_.need(extent.length);
    co_return co_await read_extent(object_, extent, std::move(buffer));
  }

  Task<Chunk> co_read_one(ByteRange range) {
    const Extent extent = extent_of_read(range, *info().size);
    co_return co_await co_read_extent(extent);
  }

  Task<std::vector<Chunk>> co_read_all(std::vector<ByteRange> ranges) {
    std::vector<Extent> extents;
    extents.reserve(ranges.size());
    for (const ByteRange& range : ranges) extents.push_back(extent_of_read(range, *info().size));
    const std::vector<RangeGroup> groups = merge_near(extents, near_bytes, largest_buffer);

    const auto executor = co_await boost::asio::this_coro::executor;
    std::vector<Chunk> chunks(ranges.size());
    std::deque<Started<Chunk>> in_flight;
    std::size_t started = 0;
    for (std::size_t finished = 0; finished < groups.size(); ++finished) {
      for (; started < groups.size() && in_flight.size() < most_in_flight; ++started) {
        const Extent extent = groups[started].extent;
        // Only the first may take what the budget does not have.
        std::optional<Buffer> buffer;
        if (in_flight.empty())
          buffer = share_.need(extent.length);
        else
          buffer = share_.try_more(extent.length, std::min<std::size_t>(extent.length, largest_buffer));
        if (!buffer) break;
        in_flight.push_back(
            start(object_->runtime.scope(), executor, read_extent(object_, extent, std::move(*buffer))));
      }
      Started<Chunk> oldest = std::move(in_flight.front());
      in_flight.pop_front();
      const Chunk all = co_await oldest.co_result_shielded();
      co_await co_hand_out(groups[finished], extents, all, chunks);
    }
    co_return std::move(chunks);
  }

  Task<> co_hand_out(const RangeGroup& group, const std::vector<Extent>& extents, Chunk all,
                     std::vector<Chunk>& chunks) {
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

  const OpenObjectPtr object_;
  BudgetShare share_;
};

}  // namespace

ObjectPtr make_file_object(OpenObjectPtr object) { return std::make_unique<FileObjectReader>(std::move(object)); }

}  // namespace coffer
