#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace coffer {

/// A chunk's characters in pieces of at most 64 KiB, to be ranged over: what is made of one at a time stays small.
class TextPieces {
 public:
  explicit TextPieces(std::string_view text) noexcept : text_(text) {}

  class Iterator {
   public:
    explicit Iterator(std::string_view rest) noexcept : rest_(rest) {}
    std::string_view operator*() const noexcept { return rest_.substr(0, longest); }
    Iterator& operator++() noexcept {
      rest_.remove_prefix(std::min(longest, rest_.size()));
      return *this;
    }
    bool operator!=(const Iterator& other) const noexcept { return rest_.size() != other.rest_.size(); }

   private:
    std::string_view rest_;
  };

  Iterator begin() const noexcept { return Iterator(text_); }
  Iterator end() const noexcept { return Iterator({}); }

 private:
  static constexpr std::size_t longest = std::size_t{64} << 10U;
  std::string_view text_;
};

}  // namespace coffer
