#include "pipe/offload_plan.hpp"

#include <utility>

namespace coffer {

void OffloadPlanner::read(std::string_view piece) {
  scanner_.feed(piece);
  while (const std::optional<MemoryPart> part = scanner_.next()) {
    switch (part->kind) {
      case MemoryPart::Kind::kept:
        break;
      case MemoryPart::Kind::string_begin:
        string_.emplace(inline_below_, rules_);
        plan_.push_back({scanner_.offset(), ContentForm::value});
        break;
      case MemoryPart::Kind::string:
        string_->add(part->text);
        break;
      case MemoryPart::Kind::string_end:
        if (const std::optional<ContentForm> form = string_->form()) {
          plan_.back().form = *form;
        } else {
          plan_.pop_back();
        }
        break;
    }
  }
}

std::vector<PlannedMove> OffloadPlanner::take_plan() && {
  scanner_.end();
  return std::move(plan_);
}

}  // namespace coffer
