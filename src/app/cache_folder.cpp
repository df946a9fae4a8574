#include "app/cache_folder.hpp"

#include <cerrno>
#include <chrono>
#include <functional>
#include <system_error>
#include <utility>

#include <coffer/base/error.hpp>
#include <coffer/providers/local.hpp>
#include <sys/stat.h>

#include "io_backends/io_backend.hpp"

namespace coffer {
namespace {

namespace fs = std::filesystem;

/// For this user alone: what lies in it may be read by nobody else where it comes from.
int make_private_folder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder.parent_path(), failed);
  if (failed) return -failed.value();
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return -errno;
  return 0;
}

Task<> co_prepare(Runtime& runtime, std::shared_ptr<IoBackend> io, fs::path folder) {
  std::function<int()> make = [folder] { return make_private_folder(folder); };
  const int made = co_await io->co_try("make the cache folder", std::move(make));
  if (made < 0) throw Error::from_errno(-made, "make the cache folder").about(folder.string());
  co_await co_collect_leftovers(runtime, std::move(io), std::move(folder), std::chrono::seconds(0), false);
}

}  // namespace

std::shared_ptr<DiskCache> make_cache_folder(Runtime& runtime, const std::shared_ptr<IoBackend>& io,
                                             const fs::path& folder, std::uint64_t limit) {
  ProviderPtr store = make_local_provider(runtime, io, LocalConfig(folder));
  CacheTidy tidy = [&runtime, io, folder] { return co_prepare(runtime, io, folder); };
  return make_disk_cache(runtime, std::move(store), limit, std::move(tidy));
}

}  // namespace coffer
