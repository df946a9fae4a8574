#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace coffer::test {

/// The seed of a test that goes random ways: a new one for each run, printed, or the one in COFFER_TEST_SEED.
inline std::uint64_t random_seed() {
  const char* given = std::getenv("COFFER_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device()();
  std::cout << "seed " << seed << " (COFFER_TEST_SEED)" << std::endl;
  return seed;
}

}  // namespace coffer::test
