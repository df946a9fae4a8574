#include "pipe/reference_finder.hpp"

#include <algorithm>

#include "codec/json_strings.hpp"
#include "codec/utf8.hpp"
#include "pipe/string_classifier.hpp"

namespace coffer {

void ReferenceFinder::take(const MemoryPart& part) {
  ready_ = {};
  is_whole_ = false;
  if (part.kind == MemoryPart::Kind::string_begin) {
    holding_ = true;
    held_.clear();
  }
  if (!holding_) {
    ready_ = part.text;
    return;
  }
  held_ += part.text;
  is_whole_ = part.kind == MemoryPart::Kind::string_end;
  const std::size_t inside = held_.size() - 1;
  if (!is_whole_ && inside <= longest_reference) return;
  ready_ = held_;
  holding_ = false;
}

Result<std::optional<ContentReference>> ReferenceFinder::reference() const {
  if (!is_whole_) return std::optional<ContentReference>();
  // Other programs may have written it again, with escapes.
  return ContentReference::parse(decode_json_string(std::string_view(held_).substr(1, held_.size() - 2)));
}

SourcePlace ReferenceFinder::begun(SourcePlace behind) const {
  const auto characters = static_cast<std::uint32_t>(count_characters(held_));
  behind.column -= std::min(behind.column - 1, characters);
  return behind;
}

}  // namespace coffer
