#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include <coffer/base/error.hpp>
#include <coffer/pipe/pipeline.hpp>

namespace coffer {

/// The longest wait between two attempts, whatever their number.
inline constexpr std::chrono::minutes longest_retry_wait{5};

/// How long a pipe waits before it runs again, where attempt `attempt`, from 1, failed with `why`: twice as long each
/// time, of which `random`, from 0 to 1, takes off up to the half. Nothing where it does not: it had its attempts, or
/// was cancelled, or what it asks for is wrong and stays so.
std::optional<std::chrono::milliseconds> wait_before_retry(const RetrySpec& retry, std::size_t attempt,
                                                           const Error& why, double random);

}  // namespace coffer
