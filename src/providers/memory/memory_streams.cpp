#include "providers/memory/memory_streams.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <coffer/base/checksum.hpp>
#include <coffer/base/error.hpp>

#include "storage/ranged_object.hpp"
#include "stream/turn.hpp"

namespace coffer {
namespace {

/// What is copied is hashed while the processor's cache still has it.
constexpr std::size_t hash_step = std::size_t{64} << 10U;

class Source final : public ByteSource {
 public:
  /// A full read is verified unless `verify` is off.
  Source(MemoryObjectPtr object, Extent extent, bool verify)
      : object_(std::move(object)),
        next_(extent.offset),
        end_(extent.end()),
        verify_asked_(verify),
        verify_(verify && extent.length == object_->blocks.size()) {}

  const ObjectInfo& info() const override { return object_->info; }

  Task<std::optional<Chunk>> co_read(std::size_t at_most) override {
    if (turn_.over()) co_await co_give_way();
    if (corrupt_) throw damage();
    if (next_ == end_) co_return std::nullopt;
    const std::uint64_t rest = end_ - next_;
    const std::size_t most = at_most == 0 ? rest : std::min<std::uint64_t>(at_most, rest);
    Chunk chunk = object_->blocks.at(next_, most, block_);
    next_ += chunk.size();
    turn_.spend(chunk.size());
    if (verify_) verify(chunk);
    co_return std::move(chunk);
  }

  Task<SourcePtr> co_reopen(ByteRange range) override {
    const Extent extent = range.within(object_->blocks.size()).value();
    co_return std::make_unique<Source>(object_, extent, verify_asked_);
  }

 private:
  /// In place of the last chunk: nobody gets all of a damaged object.
  void verify(const Chunk& chunk) {
    crc_.update(chunk);
    if (next_ < end_ || crc_.value() == *object_->info.crc32c) return;
    corrupt_ = true;
    throw damage();
  }

  Error damage() const {
    return Error(ErrorKind::corrupt,
                 "the bytes are not those that were stored (CRC-32C): something in this program "
                 "wrote into memory that it only shares")
        .about(object_->info.uri.text());
  }

  MemoryObjectPtr object_;
  std::uint64_t next_;
  std::uint64_t end_;
  std::size_t block_ = 0;
  Crc32c crc_;
  bool verify_asked_;
  bool verify_;
  bool corrupt_ = false;
  Turn turn_;
};

class RandomAccess final : public Object {
 public:
  RandomAccess(MemoryObjectPtr object, BudgetShare share) : object_(std::move(object)), share_(std::move(share)) {}

  const ObjectInfo& info() const override { return object_->info; }

  Task<Chunk> co_read_at(ByteRange range) override {
    if (turn_.over()) co_await co_give_way();
    co_return read(extent_of(range));
  }

  Task<std::vector<Chunk>> co_read_ranges(std::vector<ByteRange> ranges) override {
    for (const ByteRange& range : ranges) extent_of(range);
    std::vector<Chunk> chunks;
    chunks.reserve(ranges.size());
    for (const ByteRange& range : ranges) {
      if (turn_.over()) co_await co_give_way();
      chunks.push_back(read(extent_of(range)));
    }
    co_return std::move(chunks);
  }

 private:
  Extent extent_of(const ByteRange& range) const { return extent_of_read(range, object_->blocks.size()); }

  Chunk read(Extent extent) {
    if (extent.length == 0) return {};
    std::size_t block = 0;
    Chunk first = object_->blocks.at(extent.offset, extent.length, block);
    turn_.spend(first.size());
    if (first.size() == extent.length) return first;
    Buffer buffer = share_.need(extent.length);
    const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), extent.length);
    std::size_t filled = 0;
    while (filled < wanted) {
      const Chunk part = object_->blocks.at(extent.offset + filled, wanted - filled, block);
      std::memcpy(buffer.data() + filled, part.data(), part.size());
      filled += part.size();
    }
    turn_.spend(filled);
    return std::move(buffer).share(filled);
  }

  MemoryObjectPtr object_;
  BudgetShare share_;
  Turn turn_;
};

class Written final : public Readback {
 public:
  explicit Written(std::shared_ptr<const GrowingBlocks> blocks) : blocks_(std::move(blocks)) {}

  std::uint64_t readable() const noexcept override { return blocks_->size(); }

  Task<Chunk> co_read_at(BudgetShare& /*share*/, std::uint64_t offset, std::size_t at_most) override {
    co_return blocks_->at(offset, at_most);
  }

 private:
  std::shared_ptr<const GrowingBlocks> blocks_;
};

class Sink final : public ByteSink {
 public:
  Sink(std::shared_ptr<MemoryStore> store, BudgetShare share, const Clock& clock, std::string key, WriteOptions options)
      : store_(std::move(store)),
        share_(std::move(share)),
        clock_(clock),
        key_(std::move(key)),
        options_(std::move(options)),
        blocks_(std::make_shared<GrowingBlocks>(store_->capacity(), options_.size().value_or(0))) {}

  Task<Buffer> co_buffer(std::size_t at_least) override {
    check_open();
    constexpr std::size_t most = std::size_t{1} << 20U;
    co_return share_.need(std::clamp<std::size_t>(at_least, 1, most));
  }

  Task<> co_write(Chunk chunk) override {
    check_open();
    state_ = State::failed;  // Also where this is cancelled on the way.
    std::span<const std::byte> rest = chunk;
    while (!rest.empty()) {
      if (turn_.over()) co_await co_give_way();
      const std::size_t taken = take(rest);
      rest = rest.subspan(taken);
      turn_.spend(taken);
    }
    state_ = State::open;
  }

  Task<Stored> co_commit() override {
    check_open();
    state_ = State::failed;
    Stored stored = store_->put(key_, options_, blocks_->blocks(), crc_.value(), clock_.now());
    state_ = State::committed;
    co_return std::move(stored);
  }

  std::shared_ptr<Readback> readback() override { return std::make_shared<Written>(blocks_); }

 private:
  enum class State : std::uint8_t { open, failed, committed };

  void check_open() const {
    if (state_ == State::open) return;
    throw Error(ErrorKind::invalid_argument, state_ == State::failed
                                                 ? "this sink is dead since a call of it failed: create another one"
                                                 : "this sink has committed its object: create another one")
        .about(store_->root().join(key_).text());
  }

  /// Copies as much as the block has room for.
  std::size_t take(std::span<const std::byte> bytes) {
    const std::span<std::byte> room = blocks_->room(bytes.size());
    for (std::size_t done = 0; done < room.size(); done += hash_step) {
      const std::size_t part = std::min(hash_step, room.size() - done);
      std::memcpy(room.data() + done, bytes.data() + done, part);
      crc_.update(room.subspan(done, part));
    }
    blocks_->grow(room.size());
    return room.size();
  }

  std::shared_ptr<MemoryStore> store_;
  BudgetShare share_;
  const Clock& clock_;
  std::string key_;
  WriteOptions options_;
  std::shared_ptr<GrowingBlocks> blocks_;
  Crc32c crc_;
  State state_ = State::open;
  Turn turn_;
};

}  // namespace

SourcePtr open_memory_source(MemoryObjectPtr object, const ReadOptions& options) {
  const Extent extent = options.range().within(object->blocks.size()).value();
  return std::make_unique<Source>(std::move(object), extent, options.verify());
}

ObjectPtr open_memory_object(MemoryObjectPtr object, BudgetShare share) {
  return std::make_unique<RandomAccess>(std::move(object), std::move(share));
}

SinkPtr create_memory_sink(std::shared_ptr<MemoryStore> store, BudgetShare share, const Clock& clock, std::string key,
                           WriteOptions options) {
  return std::make_unique<Sink>(std::move(store), std::move(share), clock, std::move(key), std::move(options));
}

}  // namespace coffer
