#include "bench/arguments.hpp"

#include <exception>
#include <iostream>
#include <stdexcept>

namespace coffer::bench {

int run_bench(int argc, char** argv, int expected, const char* usage, void (*body)(const std::vector<std::string>&)) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (argc != expected + 1) {
    std::cerr << "usage: " << argv[0] << ' ' << usage << '\n';
    return 2;
  }
  try {
    body(arguments);
  } catch (const std::exception& error) {
    std::cerr << argv[0] << ": " << error.what() << '\n';
    return 1;
  }
  return 0;
}

std::uint64_t number(const std::string& text) {
  std::size_t end = 0;
  const std::uint64_t value = std::stoull(text, &end);
  if (end != text.size()) throw std::invalid_argument(text + " is no number");
  return value;
}

}  // namespace coffer::bench
