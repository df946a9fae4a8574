#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <coffer/base/result.hpp>
#include <coffer/base/uri.hpp>
#include <coffer/io_backends/make_io_backend.hpp>
#include <coffer/storage/storage.hpp>

namespace coffer {

/// Which store new objects go to, and what else may be read. Everything has a default but the store.
class StoreConfig {
 public:
  /// A folder ("/data/store", "store"), or a URI: "file:///data/store", "mem://name".
  explicit StoreConfig(std::string store) : store_(std::move(store)) {}
  /// "uring" or "threads"; default: io_uring where the kernel allows it.
  StoreConfig& io_backend(std::string name) & {
    io_backend_ = std::move(name);
    return *this;
  }
  StoreConfig&& io_backend(std::string name) && { return std::move(io_backend(std::move(name))); }
  /// A file or folder outside the store that may be read by its `file://` URI. Any number of them. Absolute.
  StoreConfig& readable(std::filesystem::path root) & {
    readable_.push_back(std::move(root));
    return *this;
  }
  StoreConfig&& readable(std::filesystem::path root) && { return std::move(readable(std::move(root))); }
  /// Where bytes wait that a store cannot give back before their commit. Default: the store's hidden folder, else the
  /// user's cache folder, the first of them that is not in memory.
  StoreConfig& spill_folder(std::filesystem::path folder) & {
    spill_folder_ = std::move(folder);
    return *this;
  }
  StoreConfig&& spill_folder(std::filesystem::path folder) && { return std::move(spill_folder(std::move(folder))); }
  /// Bytes that may wait there together; Error{no_space} beyond it. Default: no limit but the disk's.
  StoreConfig& spill_limit(std::uint64_t bytes) & {
    spill_limit_ = bytes;
    return *this;
  }
  StoreConfig&& spill_limit(std::uint64_t bytes) && { return std::move(spill_limit(bytes)); }
  /// Take a spill folder that is in memory (tmpfs) too. Default false: it would spend what the budget saves.
  StoreConfig& spill_in_memory(bool on) & {
    spill_in_memory_ = on;
    return *this;
  }
  StoreConfig&& spill_in_memory(bool on) && { return std::move(spill_in_memory(on)); }

  /// Where Storage::co_prefetch keeps objects of distant stores that memory has no room for: a folder of its own, made
  /// with mode 0700 when it is first needed. Default: nowhere.
  StoreConfig& cache_folder(std::filesystem::path folder) & {
    cache_folder_ = std::move(folder);
    return *this;
  }
  StoreConfig&& cache_folder(std::filesystem::path folder) && { return std::move(cache_folder(std::move(folder))); }
  /// Bytes that may lie there. Default 4 GiB.
  StoreConfig& cache_limit(std::uint64_t bytes) & {
    cache_limit_ = bytes;
    return *this;
  }
  StoreConfig&& cache_limit(std::uint64_t bytes) && { return std::move(cache_limit(bytes)); }

  const std::string& store() const noexcept { return store_; }
  const std::string& io_backend() const noexcept { return io_backend_; }
  const std::vector<std::filesystem::path>& readable() const noexcept { return readable_; }
  const std::filesystem::path& spill_folder() const noexcept { return spill_folder_; }
  std::uint64_t spill_limit() const noexcept { return spill_limit_; }
  bool spill_in_memory() const noexcept { return spill_in_memory_; }
  const std::filesystem::path& cache_folder() const noexcept { return cache_folder_; }
  std::uint64_t cache_limit() const noexcept { return cache_limit_; }

 private:
  std::string store_;
  std::string io_backend_;
  std::vector<std::filesystem::path> readable_;
  std::filesystem::path spill_folder_;
  std::uint64_t spill_limit_ = ~std::uint64_t{0};
  bool spill_in_memory_ = false;
  std::filesystem::path cache_folder_;
  std::uint64_t cache_limit_ = std::uint64_t{4} << 30U;
};

/// The root of the store that this text names: a URI as it is, a folder as an absolute `file://` URI. Nothing is
/// opened. Error{invalid_argument} for an empty text or a malformed URI, Error{unsupported} for a scheme without a
/// provider.
Result<Uri> store_root(std::string_view text);

/// What a URI is called in the store of this root: a file that lies in its folder by another path, through symbolic
/// links on the way, has the URI that it has there, any other is as it is. Looks at files: blocks.
Uri uri_in_store(Uri uri, const Uri& root);

/// Makes the I/O backend, the providers, the scratch folder and the cache that the configuration names, and a Storage
/// of them:
///
///     coffer::Runtime runtime(loop);  // or without a loop: on threads of its own
///     coffer::Storage storage = coffer::open_storage(runtime, coffer::StoreConfig("/data/store"));
///
/// Nothing is written before the first commit. Throws the Errors of store_root and make_io_backend, and
/// Error{invalid_argument} for a spill folder in memory and for a cache and a store that lie in each other. The Runtime
/// outlives the Storage.
Storage open_storage(Runtime& runtime, StoreConfig config);
/// The same with a backend that the caller has; `config.io_backend()` is ignored.
Storage open_storage(Runtime& runtime, StoreConfig config, std::shared_ptr<IoBackend> io);

}  // namespace coffer
