#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include <coffer/base/source_place.hpp>

namespace coffer {

/// Turns offsets in a text, which outlives it, into places. Offsets mostly grow, so that the text is counted through
/// once.
class TextPlaces {
 public:
  explicit TextPlaces(std::string_view text) : text_(text) {}

  SourcePlace at(std::size_t offset) {
    offset = std::min(offset, text_.size());
    if (offset < offset_) {
      offset_ = 0;
      place_ = start;
    }
    for (; offset_ < offset; ++offset_) {
      if (text_[offset_] == '\n') {
        ++place_.line;
        place_.column = 1;
      } else if (begins_character(offset_)) {
        ++place_.column;
      }
    }
    // Inside a character: its own place, not the next one's.
    SourcePlace place = place_;
    if (offset < text_.size() && !begins_character(offset) && place.column > 1) --place.column;
    return place;
  }

 private:
  static constexpr SourcePlace start = {1, 1};

  /// Continuation bytes of UTF-8 belong to the character before.
  bool begins_character(std::size_t offset) const noexcept {
    return (static_cast<unsigned char>(text_[offset]) & 0xC0U) != 0x80U;
  }

  std::string_view text_;
  std::size_t offset_ = 0;
  SourcePlace place_ = start;
};

}  // namespace coffer
