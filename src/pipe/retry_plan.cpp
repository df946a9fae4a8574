#include "pipe/retry_plan.hpp"

#include <algorithm>

namespace coffer {

std::optional<std::chrono::milliseconds> wait_before_retry(const RetrySpec& retry, std::size_t attempt,
                                                           const Error& why, double random) {
  if (attempt >= retry.attempts) return std::nullopt;
  if (why.kind() == ErrorKind::cancelled || why.kind() == ErrorKind::invalid_argument) return std::nullopt;
  const std::chrono::milliseconds longest = longest_retry_wait;
  std::chrono::milliseconds wait = std::min(retry.wait, longest);
  for (std::size_t i = 1; i < attempt && wait < longest; ++i) wait = std::min(wait * 2, longest);
  const double share = 1 - (std::clamp(random, 0.0, 1.0) / 2);
  return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(wait.count()) * share));
}

}  // namespace coffer
