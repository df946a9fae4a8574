#pragma once

#include <coffer/base/error.hpp>

namespace coffer::cli {

/// What the program ends with; docs/cli.md has the table. A signal's is 128 + its number: 130 for an interrupt.
enum ExitCode : int {
  exit_done = 0,
  exit_failed = 1,
  exit_usage = 2,
  exit_not_found = 3,
  exit_signal_base = 128,
};

inline int exit_code_of(ErrorKind kind) noexcept {
  if (kind == ErrorKind::invalid_argument) return exit_usage;
  if (kind == ErrorKind::not_found) return exit_not_found;
  return exit_failed;
}

}  // namespace coffer::cli
