#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <coffer/base/uri.hpp>

namespace coffer::cli {

/// What the options before or after a verb say, as typed.
struct GlobalOptions {
  std::string store;
  std::string budget;
  std::string io_backend;
  std::string spill;
  bool spill_in_memory = false;
  std::string cache;
  std::string cache_size;
  bool quiet = false;
  bool json = false;
};

/// The same with the environment's and the built-in defaults filled in, checked.
struct Settings {
  Uri root;  ///< Of the store.
  std::size_t budget = 0;
  std::string io_backend;  ///< "", "uring" or "threads".
  std::string spill;
  bool spill_in_memory = false;
  std::string cache;  ///< Empty: none.
  std::uint64_t cache_size = 0;
};

/// Throws Error{invalid_argument} naming the option or the variable.
Settings resolve(const GlobalOptions& options);

}  // namespace coffer::cli
