#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include <coffer/base/chunk.hpp>

namespace coffer {

/// The newest bytes of an object that is being written, oldest piece first and without gaps.
class RecentBytes {
 public:
  void append(std::uint64_t offset, Chunk chunk) {
    bytes_ += chunk.size();
    pieces_.push_back({offset, std::move(chunk)});
  }

  /// The bytes from `offset` to the end of their piece; empty where they are not kept.
  Chunk find(std::uint64_t offset) const {
    const auto piece = std::partition_point(pieces_.begin(), pieces_.end(),
                                            [offset](const Piece& candidate) { return candidate.end() <= offset; });
    if (piece == pieces_.end() || offset < piece->offset) return {};
    return piece->chunk.from(static_cast<std::size_t>(offset - piece->offset));
  }

  /// Lets the oldest go until at most `keep` bytes are left, but none at or past `readable`: they could not be read
  /// back.
  void trim(std::size_t keep, std::uint64_t readable) {
    while (!pieces_.empty() && bytes_ > keep && pieces_.front().end() <= readable) {
      bytes_ -= pieces_.front().chunk.size();
      pieces_.pop_front();
    }
  }

  std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Piece {
    std::uint64_t offset = 0;
    Chunk chunk;
    std::uint64_t end() const noexcept { return offset + chunk.size(); }
  };

  std::deque<Piece> pieces_;
  std::size_t bytes_ = 0;
};

}  // namespace coffer
