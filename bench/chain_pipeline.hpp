#pragma once

#include <cstdint>

#include <coffer/pipe/pipeline.hpp>

namespace coffer::bench {

/// Pipes that each hand on what the one before gave: from "content_0" to "content_<pipes>".
Pipeline chain(std::uint64_t pipes);

}  // namespace coffer::bench
