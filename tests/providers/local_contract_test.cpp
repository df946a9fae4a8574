#include <memory>

#include <coffer/conformance/provider_contract.hpp>
#include <coffer/io_backends/make_io_backend.hpp>
#include <coffer/providers/local.hpp>

#include "support/temporary_folder.hpp"

namespace coffer {
namespace {

enum class Backend { uring, threads };
/// How a new file comes into being, and how it is written.
enum class Recipe { unnamed_direct, named_direct, unnamed_buffered };

template <Backend backend, Recipe recipe>
class LocalMaker {
 public:
  ProviderPtr make(Runtime& runtime) {
    auto io = make_io_backend(runtime, backend == Backend::uring ? "uring" : "threads");
    LocalConfig config = LocalConfig(folder_.path() / "store")
                             .unnamed_files(recipe != Recipe::named_direct)
                             .direct_io(recipe != Recipe::unnamed_buffered);
    return make_local_provider(runtime, std::move(io), std::move(config));
  }

 private:
  test::TemporaryFolder folder_;
};

using OnUring = LocalMaker<Backend::uring, Recipe::unnamed_direct>;
using OnUringNamed = LocalMaker<Backend::uring, Recipe::named_direct>;
using OnUringBuffered = LocalMaker<Backend::uring, Recipe::unnamed_buffered>;
using OnThreads = LocalMaker<Backend::threads, Recipe::unnamed_direct>;
using OnThreadsNamed = LocalMaker<Backend::threads, Recipe::named_direct>;
using OnThreadsBuffered = LocalMaker<Backend::threads, Recipe::unnamed_buffered>;

COFFER_INSTANTIATE_PROVIDER_CONTRACT(LocalOnUring, OnUring);
COFFER_INSTANTIATE_PROVIDER_CONTRACT(LocalOnUringNamed, OnUringNamed);
COFFER_INSTANTIATE_PROVIDER_CONTRACT(LocalOnUringBuffered, OnUringBuffered);
COFFER_INSTANTIATE_PROVIDER_CONTRACT(LocalOnThreads, OnThreads);
COFFER_INSTANTIATE_PROVIDER_CONTRACT(LocalOnThreadsNamed, OnThreadsNamed);
COFFER_INSTANTIATE_PROVIDER_CONTRACT(LocalOnThreadsBuffered, OnThreadsBuffered);

}  // namespace
}  // namespace coffer
