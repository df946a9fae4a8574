#include "storage/near_memory.hpp"

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

namespace coffer {
namespace {

/// What a chunk of the pool's holds, as far as one can see: its buffer is a power of two.
std::size_t held_by(const Chunk& chunk) noexcept { return std::bit_ceil(std::max(chunk.size(), smallest_buffer)); }

}  // namespace

NearPart::View NearPart::look(std::uint64_t offset) const {
  View view;
  view.epoch = changed_.epoch();
  const std::lock_guard lock(mutex_);
  view.is_coming = filling_ && offset == filled_to_ && offset < end_;
  if (offset < begin_ || offset >= filled_to_) return view;
  std::uint64_t at = begin_;
  for (const Piece& piece : pieces_) {
    if (offset < at + piece.chunk.size()) {
      view.chunk = piece.chunk.from(static_cast<std::size_t>(offset - at));
      break;
    }
    at += piece.chunk.size();
  }
  return view;
}

std::uint64_t NearPart::bytes() const {
  const std::lock_guard lock(mutex_);
  return filled_to_ - begin_;
}

std::size_t NearPart::give_up(std::size_t bytes) {
  std::size_t given = 0;
  {
    const std::lock_guard lock(mutex_);
    while (!pieces_.empty() && given < bytes) {
      filled_to_ -= pieces_.back().chunk.size();
      given += pieces_.back().held;
      pieces_.pop_back();
    }
    held_ -= given;
    // What came behind a gap would be of no use.
    filling_ = false;
  }
  changed_.notify_all();
  return given;
}

std::shared_ptr<NearPart> NearMemory::find(const Uri& uri) const {
  const std::lock_guard lock(mutex_);
  const auto found = parts_.find(uri);
  return found == parts_.end() ? nullptr : found->second;
}

std::size_t NearMemory::room() const {
  const std::lock_guard lock(mutex_);
  std::size_t held = 0;
  for (const auto& [uri, part] : parts_) {
    if (part->was_read_) continue;
    const std::lock_guard inner(part->mutex_);
    held += part->held_;
  }
  return limit_ - std::min(limit_, held);
}

std::shared_ptr<NearPart> NearMemory::begin(const ObjectInfo& info, Extent extent) {
  auto part = std::make_shared<NearPart>(info.etag, extent);
  const std::lock_guard lock(mutex_);
  std::shared_ptr<NearPart>& here = parts_[info.uri];
  if (here) {
    const std::lock_guard inner(here->mutex_);
    if (here->filling_) return nullptr;
  }
  // Whoever reads it goes on with the store's bytes: what nobody finds here must not hold memory either.
  if (here) here->give_up(SIZE_MAX);
  here = part;
  part->last_use_ = ++uses_;
  return part;
}

bool NearMemory::append(NearPart& part, Chunk chunk) {
  const std::size_t held = held_by(chunk);
  {
    const std::lock_guard lock(mutex_);
    while (held_by_all() + held > limit_) {
      const auto first = first_to_go(true);
      if (first == parts_.end()) return false;
      first->second->give_up(SIZE_MAX);
      parts_.erase(first);
    }
    const std::lock_guard inner(part.mutex_);
    if (!part.filling_) return false;
    part.filled_to_ += chunk.size();
    part.held_ += held;
    part.pieces_.push_back({std::move(chunk), held});
  }
  part.changed_.notify_all();
  return true;
}

void NearMemory::end(NearPart& part) noexcept {
  {
    const std::lock_guard lock(part.mutex_);
    part.filling_ = false;
  }
  part.changed_.notify_all();
}

void NearMemory::was_read(NearPart& part, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  part.bytes_read_ += bytes;
  // A glance at its end, where some formats have their index, is no reading of it.
  part.was_read_ = part.bytes_read_ >= part.end() - part.begin();
  part.last_use_ = ++uses_;
}

void NearMemory::drop(const Uri& uri) {
  const std::lock_guard lock(mutex_);
  const auto found = parts_.find(uri);
  if (found == parts_.end()) return;
  found->second->give_up(SIZE_MAX);
  parts_.erase(found);
}

std::size_t NearMemory::held() const {
  const std::lock_guard lock(mutex_);
  return held_by_all();
}

void NearMemory::evict(std::size_t bytes) noexcept {
  const std::lock_guard lock(mutex_);
  for (std::size_t given = 0; given < bytes;) {
    const auto first = first_to_go(false);
    if (first == parts_.end()) return;
    given += first->second->give_up(bytes - given);
    if (first->second->bytes() == 0) parts_.erase(first);
  }
}

std::size_t NearMemory::held_by_all() const {
  std::size_t held = 0;
  for (const auto& [uri, part] : parts_) {
    const std::lock_guard inner(part->mutex_);
    held += part->held_;
  }
  return held;
}

NearMemory::Parts::iterator NearMemory::first_to_go(bool only_read) {
  auto first = parts_.end();
  const auto rank = [](const NearPart& part) { return std::tuple(!part.was_read_, part.last_use_); };
  for (auto part = parts_.begin(); part != parts_.end(); ++part) {
    if (only_read && !part->second->was_read_) continue;
    if (first == parts_.end() || rank(*part->second) < rank(*first->second)) first = part;
  }
  return first;
}

}  // namespace coffer
