#include "pipe/memory_scanner.hpp"

#include <utility>

namespace coffer {
namespace {

bool is_tag(std::string_view name) noexcept { return name.starts_with("__") && name.ends_with("__"); }

bool follows(std::string_view part, std::string_view before) noexcept {
  return before.data() + before.size() == part.data();
}

MemoryPart::Kind kind_of(JsonPart::Kind kind) noexcept {
  if (kind == JsonPart::Kind::string_begin) return MemoryPart::Kind::string_begin;
  if (kind == JsonPart::Kind::string_end) return MemoryPart::Kind::string_end;
  return MemoryPart::Kind::string;
}

}  // namespace

std::optional<MemoryPart> MemoryScanner::next() {
  if (waiting_) return std::exchange(waiting_, std::nullopt);
  kept_ = {};
  for (;;) {
    const std::uint64_t offset = scanner_.offset();
    const std::optional<JsonPart> part = scanner_.next();
    if (!part) break;
    const bool movable = is_movable(*part);
    if (movable && part->kind == JsonPart::Kind::string_begin) offset_ = offset;
    path_.step(*part, scanner_.depth());
    const MemoryPart found{movable ? kind_of(part->kind) : MemoryPart::Kind::kept, part->text};
    if (movable && kept_.empty()) return found;
    if (movable || (!kept_.empty() && !follows(part->text, kept_))) {
      waiting_ = found;
      break;
    }
    kept_ = kept_.empty() ? part->text : std::string_view(kept_.data(), kept_.size() + part->text.size());
  }
  if (kept_.empty()) return std::nullopt;
  return MemoryPart{MemoryPart::Kind::kept, kept_};
}

bool MemoryScanner::is_movable(const JsonPart& part) {
  switch (part.kind) {
    case JsonPart::Kind::string_begin:
      return in_movable_ = path_.in_content() && !is_tag(path_.name());
    case JsonPart::Kind::string:
      return in_movable_;
    case JsonPart::Kind::string_end:
      return std::exchange(in_movable_, false);
    default:
      return false;
  }
}

void MemoryScanner::end() {
  scanner_.end();
  if (path_.has_root()) return;
  throw no_working_memory();
}

}  // namespace coffer
