#include "pipe/batch_plan.hpp"

#include <algorithm>

namespace coffer {

std::optional<std::size_t> BatchPlan::start(std::size_t ready) {
  if (failure_ || next_ >= ready || running_.size() >= at_most_) return std::nullopt;
  const std::size_t first = running_.empty() ? next_ : *running_.begin();
  if (next_ - first >= furthest_factor * at_most_) return std::nullopt;
  running_.insert(next_);
  return next_++;
}

void BatchPlan::ended(std::size_t index) {
  leave(index);
  ++done_;
}

void BatchPlan::failed(std::size_t index) {
  leave(index);
  failure_ = failure_ ? std::min(*failure_, index) : index;
}

std::vector<std::size_t> BatchPlan::to_cancel() const {
  if (!failure_) return {};
  return {running_.upper_bound(*failure_), running_.end()};
}

bool BatchPlan::is_over(std::size_t ready, bool is_complete) const {
  if (!running_.empty()) return false;
  return failure_ || (is_complete && next_ >= ready);
}

}  // namespace coffer
