#pragma once

#include <chrono>
#include <string>

namespace coffer {

/// "400 ms", "1.2 s", "12 s", "3 min 20 s", "2 h 5 min": for people.
std::string format_duration(std::chrono::nanoseconds time);

}  // namespace coffer
