#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace coffer::bench {

/// Runs a bench: `body` prints its line of JSON. 2 and `usage` where the number of arguments is another, 1 and what was
/// thrown where it fails.
int run_bench(int argc, char** argv, int expected, const char* usage, void (*body)(const std::vector<std::string>&));

/// The number in an argument; throws std::invalid_argument.
std::uint64_t number(const std::string& text);

}  // namespace coffer::bench
