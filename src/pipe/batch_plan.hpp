#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <vector>

namespace coffer {

/// Decides which element of a batch runs when: in their order, so many at a time, and none too far ahead of one that
/// takes long, since the results behind it wait. The failure that counts is that of the first element: those before it
/// go on, since one of them may fail as well, and those behind it are ended. A value; does nothing itself.
class BatchPlan {
 public:
  /// How far ahead an element may start: so many times what runs at once.
  static constexpr std::size_t furthest_factor = 16;

  explicit BatchPlan(std::size_t at_most) : at_most_(at_most) {}

  /// The next that starts now, where `ready` elements are there; nothing where none may. It counts as running.
  std::optional<std::size_t> start(std::size_t ready);
  void ended(std::size_t index);
  void failed(std::size_t index);

  /// Those that run and need not.
  std::vector<std::size_t> to_cancel() const;
  /// The first that failed, as far as is known.
  std::optional<std::size_t> first_failure() const noexcept { return failure_; }
  /// Whether nothing runs, and nothing is left of a list of `ready` elements that is complete or not.
  bool is_over(std::size_t ready, bool is_complete) const;
  /// Elements that ended well.
  std::size_t done() const noexcept { return done_; }

 private:
  void leave(std::size_t index) { running_.erase(index); }

  const std::size_t at_most_;
  std::size_t next_ = 0;
  std::size_t done_ = 0;
  std::set<std::size_t> running_;
  std::optional<std::size_t> failure_;
};

}  // namespace coffer
