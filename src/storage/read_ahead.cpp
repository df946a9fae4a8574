#include "storage/read_ahead.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include <coffer/async/runtime.hpp>
#include <coffer/base/error.hpp>

#include "storage/block_sums.hpp"
#include "storage/near_disk.hpp"
#include "storage/near_source.hpp"

namespace coffer {
namespace {

/// Of the budget, so much may be held by what was read ahead.
constexpr std::size_t ahead_divisor = 4;

/// Whoever waits for more of a part is told when no more comes.
class FillingPart {
 public:
  explicit FillingPart(NearPart& part) : part_(part) {}
  FillingPart(const FillingPart&) = delete;
  FillingPart& operator=(const FillingPart&) = delete;
  ~FillingPart() { NearMemory::end(part_); }

 private:
  NearPart& part_;
};

bool overlaps(const NearPart& part, const Extent& extent) {
  return part.begin() < extent.end() && extent.offset < part.end();
}

bool has_all(const NearPart& part, const Extent& extent) {
  return part.begin() <= extent.offset && extent.end() <= part.begin() + part.bytes();
}

ReadOptions options_for(const ObjectInfo& info, const Extent& extent) {
  ReadOptions options;
  if (extent.length < *info.size) options.range(ByteRange::of(extent.offset, extent.length));
  options.if_etag(info.etag);
  return options;
}

/// Nothing where the store does not say: whoever opens the object hears why.
Task<std::optional<ObjectInfo>> co_look(const ProviderRegistry::Place& place) {
  std::optional<ObjectInfo> info;
  std::exception_ptr failed;
  try {
    info = co_await place.provider->co_head(place.key);
  } catch (...) {
    failed = std::current_exception();
  }
  if (failed && to_error(failed).kind() == ErrorKind::cancelled) std::rethrow_exception(failed);
  co_return info;
}

}  // namespace

AheadPlan plan_ahead(const AheadFacts& facts) noexcept {
  AheadPlan plan;
  if (facts.distance == Distance::memory) return plan;
  plan.memory = std::min(facts.wanted.length, facts.memory_room);
  if (plan.memory == facts.wanted.length || facts.distance != Distance::network) return plan;
  if (facts.wanted.length != facts.size || size_with_sums(facts.size) > facts.disk_limit) return plan;
  return {0, true};
}

ReadAhead::ReadAhead(Runtime& runtime, std::shared_ptr<DiskCache> cache)
    : runtime_(runtime),
      memory_(std::make_shared<NearMemory>(runtime.pool().use().budget / ahead_divisor)),
      cache_(std::move(cache)) {
  runtime_.pool().add_spare(memory_);
}

std::uint64_t ReadAhead::disk_limit(Distance distance) const noexcept {
  return cache_ && distance == Distance::network && !cache_->is_off() ? cache_->limit() : 0;
}

std::uint64_t ReadAhead::limit(Distance distance) const noexcept {
  // Small objects go to memory and large ones to the disk: what is left of the one is no room for the other.
  if (distance == Distance::memory) return 0;
  return std::max<std::uint64_t>(memory_->limit(), disk_limit(distance));
}

Task<Prefetched> ReadAhead::co_read(ProviderRegistry::Place place, ByteRange range) {
  Prefetched done;
  AheadFacts facts;
  facts.distance = place.provider->capabilities().distance;
  if (facts.distance == Distance::memory) co_return done;
  const std::optional<ObjectInfo> info = co_await place.provider->co_head(place.key);
  if (!info) throw Error(ErrorKind::not_found, "there is no such object");
  // What has no etag could not be known again.
  if (!info->size || info->etag.empty()) co_return done;
  facts.size = *info->size;
  facts.wanted = range.within(facts.size).value();
  if (const auto part = memory_->find(info->uri); part && part->etag() == info->etag && has_all(*part, facts.wanted)) {
    done.in_memory = facts.wanted.length;
    co_return done;
  }
  facts.memory_room = memory_->room();
  facts.disk_limit = disk_limit(facts.distance);
  if (facts.disk_limit > 0) {
    const std::shared_ptr<CachedObject> copy = co_await cache_->co_find(info->uri);
    if (copy && copy->is(*info)) {
      if (copy->is_whole()) done.on_disk = facts.wanted.length;
      co_return done;
    }
  }
  AheadPlan plan = plan_ahead(facts);
  if (plan.disk) {
    if (co_await co_keep(place, *info)) {
      done.on_disk = facts.wanted.length;
      co_return done;
    }
    facts.disk_limit = 0;
    plan = plan_ahead(facts);
  }
  const Extent first{facts.wanted.offset, plan.memory};
  if (first.length > 0) done.in_memory = co_await co_fill(place, *info, first);
  co_return done;
}

Task<bool> ReadAhead::co_keep(const ProviderRegistry::Place& place, const ObjectInfo& info) {
  const Extent all{0, *info.size};
  ReadOptions options = options_for(info, all);
  const SourcePtr source = co_await place.provider->co_open(place.key, std::move(options));
  co_return co_await cache_->co_keep(info, *source);
}

Task<std::uint64_t> ReadAhead::co_fill(const ProviderRegistry::Place& place, const ObjectInfo& info, Extent extent) {
  const std::shared_ptr<NearPart> part = memory_->begin(info, extent);
  if (!part) co_return 0;
  std::exception_ptr failed;
  try {
    const FillingPart filling(*part);
    co_await co_fill_part(place, info, *part);
  } catch (...) {
    failed = std::current_exception();
  }
  if (failed) {
    memory_->drop(info.uri);
    std::rethrow_exception(failed);
  }
  co_return part->bytes();
}

Task<> ReadAhead::co_fill_part(const ProviderRegistry::Place& place, const ObjectInfo& info, NearPart& part) {
  const Extent extent{part.begin(), part.end() - part.begin()};
  ReadOptions options = options_for(info, extent);
  const SourcePtr source = co_await place.provider->co_open(place.key, std::move(options));
  BudgetShare share = runtime_.pool().open_share("read ahead " + info.uri.text());
  while (!memory_is_short()) {
    std::optional<Chunk> chunk = co_await source->co_read();
    if (!chunk || !append(part, std::move(*chunk), share)) co_return;
  }
}

/// The store's own chunk where it is the pool's memory, else copies of it that are. False where there is no room.
bool ReadAhead::append(NearPart& part, Chunk chunk, BudgetShare& share) {
  if (runtime_.pool().slab_of(chunk.data())) return memory_->append(part, std::move(chunk));
  while (!chunk.empty()) {
    std::optional<Buffer> buffer = share.try_more(chunk.size());
    if (!buffer) return false;
    const std::size_t bytes = std::min(buffer->size(), chunk.size());
    std::memcpy(buffer->data(), chunk.data(), bytes);
    if (!memory_->append(part, std::move(*buffer).share(bytes))) return false;
    chunk = chunk.from(bytes);
  }
  return true;
}

bool ReadAhead::memory_is_short() const {
  const PoolUse use = runtime_.pool().use();
  return use.granted > use.budget / 4 * 3;
}

Task<SourcePtr> ReadAhead::co_open(ProviderRegistry::Place place, ReadOptions options) {
  SourcePtr nothing;
  const Uri uri = place.provider->uri_of(place.key);
  NearCopies copies;
  copies.memory = memory_;
  copies.part = memory_->find(uri);
  if (cache_ && place.provider->capabilities().distance == Distance::network) {
    copies.disk = co_await cache_->co_find(uri);
  }
  if (!copies.part && !copies.disk) co_return nothing;
  std::optional<ObjectInfo> info = co_await co_look(place);
  if (!info || !info->size) co_return nothing;
  if (copies.part && copies.part->etag() != info->etag) {
    memory_->drop(uri);
    copies.part = nullptr;
  }
  if (copies.disk && !copies.disk->is(*info)) co_await std::exchange(copies.disk, nullptr)->co_drop();
  const Result<Extent> extent = options.range().within(*info->size);
  if (!extent || (options.etag() && *options.etag() != info->etag)) co_return nothing;
  if (copies.part && !overlaps(*copies.part, *extent)) copies.part = nullptr;
  if (copies.disk && !copies.disk->has(extent->offset)) copies.disk = nullptr;
  if (!copies.part && !copies.disk) co_return nothing;
  NearOrigin origin{std::move(place.provider), std::move(place.key), std::move(*info)};
  co_return make_near_source(std::move(origin), std::move(copies), options);
}

}  // namespace coffer
