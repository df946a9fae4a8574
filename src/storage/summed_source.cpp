#include "storage/summed_source.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include <coffer/base/error.hpp>

#include "storage/block_sums.hpp"

namespace coffer {
namespace {

class SummedSource final : public ByteSource {
 public:
  SummedSource(BudgetShare share, std::shared_ptr<SummedObject> object, ObjectInfo info, Extent extent)
      : share_(std::move(share)),
        object_(std::move(object)),
        info_(std::move(info)),
        next_(extent.offset),
        end_(extent.end()),
        checked_to_(extent.offset / summed_block * summed_block),
        fetched_to_(checked_to_),
        fetch_end_(std::min(*info_.size, (end_ + summed_block - 1) / summed_block * summed_block)) {}

  const ObjectInfo& info() const override { return info_; }

  Task<std::optional<Chunk>> co_read(std::size_t at_most) override {
    if (next_ == end_) co_return std::nullopt;
    while (rest_.empty()) {
      const std::uint64_t begin = checked_to_;
      Chunk blocks = co_await co_next_blocks();
      const auto skipped = static_cast<std::size_t>(next_ - std::min(next_, begin));
      rest_ = blocks.from(skipped).slice(0, static_cast<std::size_t>(end_ - next_));
    }
    Chunk part = rest_.slice(0, at_most == 0 ? rest_.size() : std::min(at_most, rest_.size()));
    rest_ = rest_.from(part.size());
    next_ += part.size();
    co_return part;
  }

 private:
  std::uint64_t block_length(std::uint64_t offset) const { return std::min(summed_block, *info_.size - offset); }
  std::uint64_t group_end() const { return std::min((fetched_to_ / summed_group + 1) * summed_group, fetch_end_); }

  /// The next blocks, all of them checked: one at least.
  Task<Chunk> co_next_blocks() {
    for (;;) {
      while (pending_.empty()) co_await co_fetch();
      Chunk blocks = carried_ == 0 ? take_whole_blocks() : Chunk();
      if (!blocks.empty()) co_return blocks;
      blocks = carry();
      if (!blocks.empty()) co_return blocks;
    }
  }

  Task<> co_fetch() {
    if (!stream_) co_await co_open_group();
    std::optional<Chunk> chunk = co_await stream_->co_read();
    if (!chunk) throw damaged("it is shorter than it was");
    pending_ = std::move(*chunk);
    fetched_to_ += pending_.size();
    if (fetched_to_ == group_ends_) stream_.reset();
  }

  Task<> co_open_group() {
    group_ends_ = group_end();
    sums_.clear();
    first_summed_ = fetched_to_ / summed_group * summed_group;
    if (object_->has_sums()) {
      SourcePtr sums = co_await object_->co_open_stored(sums_of_group(fetched_to_, *info_.size));
      while (std::optional<Chunk> chunk = co_await sums->co_read()) sums_.append(chunk->text());
    }
    const Extent bytes{place_with_sums(fetched_to_), group_ends_ - fetched_to_};
    stream_ = co_await object_->co_open_stored(bytes);
  }

  Chunk take_whole_blocks() {
    std::size_t whole = 0;
    while (whole < pending_.size()) {
      const auto length = static_cast<std::size_t>(block_length(checked_to_));
      if (pending_.size() - whole < length) break;
      check(pending_.slice(whole, length));
      whole += length;
    }
    Chunk blocks = pending_.slice(0, whole);
    pending_ = pending_.from(whole);
    return blocks;
  }

  /// Gathers a block that came in pieces; empty until it is complete.
  Chunk carry() {
    if (carried_ == 0) carry_ = share_.need(summed_block);
    const auto length = static_cast<std::size_t>(block_length(checked_to_));
    const std::size_t part = std::min(length - carried_, pending_.size());
    std::memcpy(carry_.data() + carried_, pending_.data(), part);
    pending_ = pending_.from(part);
    carried_ += part;
    if (carried_ < length) return {};
    carried_ = 0;
    Chunk block = std::move(carry_).share(length);
    check(block);
    return block;
  }

  void check(const Chunk& block) {
    if (object_->has_sums()) {
      const auto at = static_cast<std::size_t>((checked_to_ - first_summed_) / summed_block) * sizeof(std::uint32_t);
      if (at + sizeof(std::uint32_t) > sums_.size()) throw damaged("its checksums are cut");
      std::uint32_t sum = 0;
      for (unsigned i = 0; i < sizeof sum; ++i) {
        sum |= std::uint32_t{static_cast<unsigned char>(sums_[at + i])} << (8U * i);
      }
      if (crc32c(block) != sum) throw damaged("the block at " + std::to_string(checked_to_) + " has another checksum");
    }
    checked_to_ += block.size();
  }

  Error damaged(std::string what) const {
    return Error(ErrorKind::corrupt, "its copy in the cache is damaged: " + std::move(what)).about(info_.uri.text());
  }

  BudgetShare share_;
  const std::shared_ptr<SummedObject> object_;
  const ObjectInfo info_;
  std::uint64_t next_;
  const std::uint64_t end_;
  std::uint64_t checked_to_;  // A block's start, as are the next two unless a chunk ended within one.
  std::uint64_t fetched_to_;
  const std::uint64_t fetch_end_;
  std::uint64_t group_ends_ = 0;
  std::uint64_t first_summed_ = 0;
  std::string sums_;  // Of one group: 16 KiB at most.
  SourcePtr stream_;
  Chunk pending_;  // Not yet checked.
  Buffer carry_;
  std::size_t carried_ = 0;
  Chunk rest_;  // Checked, and not yet given to the reader.
};

}  // namespace

SourcePtr make_summed_source(BudgetShare share, std::shared_ptr<SummedObject> object, ObjectInfo info, Extent extent) {
  return std::make_unique<SummedSource>(std::move(share), std::move(object), std::move(info), extent);
}

}  // namespace coffer
