#include "cli/settings.hpp"

#include <cstdlib>

#include <coffer/app/open_storage.hpp>
#include <coffer/base/byte_size.hpp>
#include <coffer/base/literals.hpp>

#include "cli/names.hpp"

namespace coffer::cli {
namespace {

constexpr std::uint64_t default_budget = 64_MiB;
constexpr std::uint64_t least_budget = 64_KiB;
constexpr std::uint64_t largest_budget = std::uint64_t{1} << 46U;
constexpr std::uint64_t default_cache_size = 4_GiB;

/// Empty where it is not set, or set to nothing.
std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Error bad_setting(const std::string& name, const std::string& message) {
  return Error(ErrorKind::invalid_argument, name + ": " + message);
}

/// The user's own store: the XDG base directory specification says where, and that only absolute paths count.
std::string default_store() {
  const std::string data = environment("XDG_DATA_HOME");
  if (data.starts_with('/')) return data + "/coffer/store";
  const std::string home = environment("HOME");
  if (home.starts_with('/')) return home + "/.local/share/coffer/store";
  throw Error(ErrorKind::invalid_argument, "which store? Neither --store nor COFFER_STORE nor HOME is set");
}

std::size_t parse_budget(const std::string& text) {
  if (text.empty()) return default_budget;
  const Result<std::uint64_t> bytes = parse_byte_size(text);
  if (!bytes) throw bad_setting("--budget", "“" + text + "”: " + bytes.error().message());
  if (*bytes < least_budget) throw bad_setting("--budget", "“" + text + "” is too little: at least 64KiB");
  if (*bytes > largest_budget) {
    throw bad_setting("--budget", "“" + text + "” is more memory than there is: at most 64TiB");
  }
  return static_cast<std::size_t>(*bytes);
}

std::uint64_t parse_cache_size(const std::string& text, const std::string& source) {
  if (text.empty()) return default_cache_size;
  const Result<std::uint64_t> bytes = parse_byte_size(text);
  if (!bytes) throw bad_setting(source, "“" + text + "”: " + bytes.error().message());
  return *bytes;
}

std::string check_backend(std::string name, const std::string& source) {
  if (name.empty() || name == "uring" || name == "threads") return name;
  throw bad_setting(source, "“" + name + "” is no I/O backend: uring or threads");
}

}  // namespace

Settings resolve(const GlobalOptions& options) {
  Settings settings;
  settings.budget = parse_budget(options.budget);
  settings.io_backend = options.io_backend.empty()
                            ? check_backend(environment("COFFER_IO_BACKEND"), "COFFER_IO_BACKEND")
                            : check_backend(options.io_backend, "--io-backend");
  settings.spill = options.spill;
  settings.spill_in_memory = options.spill_in_memory;
  settings.cache = options.cache.empty() ? environment("COFFER_CACHE_DIR") : options.cache;
  settings.cache_size = options.cache_size.empty()
                            ? parse_cache_size(environment("COFFER_CACHE_SIZE"), "COFFER_CACHE_SIZE")
                            : parse_cache_size(options.cache_size, "--cache-size");
  std::string source = "--store";
  std::string store = options.store;
  if (store.empty()) {
    source = "COFFER_STORE";
    store = environment("COFFER_STORE");
  }
  if (store.empty()) store = default_store();
  try {
    refuse_half_uri(store);
  } catch (const Error& error) {
    throw bad_setting(source, error.message());
  }
  const Result<Uri> root = store_root(store);
  if (!root) throw Error(ErrorKind::invalid_argument, source + ": " + root.error().what());
  settings.root = *root;
  return settings;
}

}  // namespace coffer::cli
