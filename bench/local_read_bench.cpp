// How fast does an object on disk come through the public API, and what does it cost?

#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <coffer/app/open_storage.hpp>

#include "bench/arguments.hpp"
#include "bench/usage.hpp"

namespace {

using namespace coffer;

Task<std::uint64_t> co_count(Storage& storage, Uri uri) {
  SourcePtr source = co_await storage.co_open(std::move(uri));
  std::uint64_t bytes = 0;
  while (std::optional<Chunk> chunk = co_await source->co_read()) bytes += chunk->size();
  co_return bytes;
}

void read(const std::vector<std::string>& arguments) {
  Runtime runtime;
  Storage storage = open_storage(runtime, StoreConfig(arguments[0]));
  const Uri uri = storage.providers().active()->uri_of(arguments[1]);
  const double cpu = bench::cpu_seconds();
  const double start = bench::seconds_now();
  const std::uint64_t bytes = runtime.run(co_count(storage, uri));
  const double end = bench::seconds_now();
  std::printf(R"({"seconds": %.6f, "bytes": %llu, "cpu_seconds": %.6f, "peak_rss": %llu})"
              "\n",
              end - start, static_cast<unsigned long long>(bytes), bench::cpu_seconds() - cpu,
              static_cast<unsigned long long>(bench::peak_rss()));
}

}  // namespace

int main(int argc, char** argv) { return coffer::bench::run_bench(argc, argv, 2, "FOLDER KEY", read); }
