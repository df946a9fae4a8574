#include "app/cache_folder.hpp"

#include <chrono>
#include <utility>

#include <coffer/providers/local.hpp>

#include "io_backends/io_backend.hpp"

namespace coffer {
namespace {

namespace fs = std::filesystem;

Task<> co_tidy(Runtime& runtime, std::shared_ptr<IoBackend> io, fs::path folder) {
  co_await co_collect_leftovers(runtime, std::move(io), std::move(folder), std::chrono::seconds(0), false);
}

}  // namespace

std::shared_ptr<DiskCache> make_cache_folder(Runtime& runtime, const std::shared_ptr<IoBackend>& io,
                                             const fs::path& folder, std::uint64_t limit) {
  // What lies in it may be read by nobody else where it comes from.
  ProviderPtr store = make_local_provider(runtime, io, LocalConfig(folder).owner_only(true));
  CacheTidy tidy = [&runtime, io, folder] { return co_tidy(runtime, io, folder); };
  return make_disk_cache(runtime, std::move(store), limit, std::move(tidy));
}

}  // namespace coffer
