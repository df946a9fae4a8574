// What does it cost a pipe that its input is loaded from a store and its output stored there?

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

#include <coffer/app/open_storage.hpp>
#include <coffer/pipe/executor.hpp>
#include <coffer/stream/memory_source.hpp>

#include "bench/arguments.hpp"
#include "bench/chain_pipeline.hpp"
#include "bench/usage.hpp"

namespace {

using namespace coffer;

void measure(const std::vector<std::string>& arguments) {
  const std::string& store = arguments[0];
  const std::uint64_t pipes = bench::number(arguments[1]);
  const std::uint64_t bytes = bench::number(arguments[2]);
  const bool is_inline = arguments[3] == "inline";
  Runtime runtime;
  Storage storage = open_storage(runtime, StoreConfig(store));
  RunInputs inputs;
  inputs.ingest("content_0", make_memory_source(std::string(bytes, 'x')));
  RunOptions options;
  options.keep(Keep::everything);  // Removing is another question.
  options.inline_below(is_inline ? bytes + 1 : 0);
  Pipeline pipeline = bench::chain(pipes);
  Executor executor(storage);
  const double start = bench::seconds_now();
  const RunResult result = runtime.run(executor.co_run(std::move(pipeline), std::move(inputs), std::move(options)));
  const double seconds = bench::seconds_now() - start;
  if (result.bytes_read != pipes * bytes) throw Error(ErrorKind::corrupt, "the pipes read another number of bytes");
  std::printf("{\"seconds\": %.6f, \"us_per_pipe\": %.3f, \"bytes_stored\": %ju, \"bytes_inline\": %ju}\n", seconds,
              seconds * 1e6 / static_cast<double>(pipes), std::uintmax_t{result.bytes_stored},
              std::uintmax_t{result.bytes_inline});
}

}  // namespace

int main(int argc, char** argv) {
  return coffer::bench::run_bench(argc, argv, 4, "usage: coffer_store_overhead_bench STORE PIPES BYTES inline|stored",
                                  measure);
}
