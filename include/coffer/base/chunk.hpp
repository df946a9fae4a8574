#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>

namespace coffer {

/// A shared, read-only slice of bytes. Copying shares the memory and keeps it alive (and charged to the budget, where
/// it came from the pool). Thread-safe like a shared_ptr.
class Chunk {
 public:
  Chunk() = default;
  /// `owner` keeps `bytes` valid; null for bytes that live for ever.
  Chunk(std::shared_ptr<const void> owner, std::span<const std::byte> bytes) noexcept
      : owner_(std::move(owner)), bytes_(bytes) {}

  /// A text of the caller's own, outside the budget: for what is small.
  static Chunk of(std::string text);

  const std::byte* data() const noexcept { return bytes_.data(); }
  std::size_t size() const noexcept { return bytes_.size(); }
  bool empty() const noexcept { return bytes_.empty(); }
  std::span<const std::byte> bytes() const noexcept { return bytes_; }
  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
  const std::shared_ptr<const void>& owner() const noexcept { return owner_; }

  /// Shares the same memory. Offsets past the end give an empty slice; lengths are cut.
  Chunk slice(std::size_t offset, std::size_t length) const noexcept;
  Chunk from(std::size_t offset) const noexcept { return slice(offset, size()); }

  // NOLINTBEGIN(google-explicit-constructor): a Chunk is passed wherever bytes are read.
  operator std::span<const std::byte>() const noexcept { return bytes_; }
  operator boost::asio::const_buffer() const noexcept { return {data(), size()}; }
  // NOLINTEND(google-explicit-constructor)

 private:
  std::shared_ptr<const void> owner_;
  std::span<const std::byte> bytes_;
};

}  // namespace coffer
