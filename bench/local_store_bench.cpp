// How fast does an object become durable on disk through the public API, and what does it cost?

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <coffer/app/open_storage.hpp>

#include "bench/arguments.hpp"
#include "bench/pattern_source.hpp"
#include "bench/usage.hpp"

namespace {

using namespace coffer;

Task<Stored> co_store(Storage& storage, Uri uri, SourcePtr source) {
  WriteOptions options = WriteOptions().size(*source->info().size);
  Stored stored = co_await storage.co_store_at(std::move(uri), std::move(source), std::move(options));
  co_return stored;
}

void store(const std::vector<std::string>& arguments) {
  Runtime runtime;
  Storage storage = open_storage(runtime, StoreConfig(arguments[0]));
  const Uri uri = storage.providers().active()->uri_of(arguments[1]);
  SourcePtr source = bench::make_pattern_source(runtime, bench::number(arguments[2]));
  const double cpu = bench::cpu_seconds();
  const double start = bench::seconds_now();
  const Stored stored = runtime.run(co_store(storage, uri, std::move(source)));
  const double end = bench::seconds_now();
  std::printf(R"({"seconds": %.6f, "bytes": %llu, "cpu_seconds": %.6f, "peak_rss": %llu})"
              "\n",
              end - start, static_cast<unsigned long long>(stored.size), bench::cpu_seconds() - cpu,
              static_cast<unsigned long long>(bench::peak_rss()));
}

}  // namespace

int main(int argc, char** argv) { return coffer::bench::run_bench(argc, argv, 3, "FOLDER KEY BYTES", store); }
