// What does it cost a pipe that its run is written down?

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

#include <coffer/app/open_storage.hpp>
#include <coffer/pipe/executor.hpp>
#include <coffer/pipe/runs.hpp>
#include <coffer/stream/memory_source.hpp>

#include "bench/arguments.hpp"
#include "bench/chain_pipeline.hpp"
#include "bench/usage.hpp"

namespace {

using namespace coffer;

void measure(const std::vector<std::string>& arguments) {
  const std::uint64_t pipes = bench::number(arguments[1]);
  const bool is_journalled = arguments[2] == "journal";
  Runtime runtime;
  Storage storage = open_storage(runtime, StoreConfig(arguments[0]));
  RunInputs inputs;
  inputs.ingest("content_0", make_memory_source("x"));
  RunOptions options;
  if (is_journalled) options.run_id("bench");
  Pipeline pipeline = bench::chain(pipes);
  Executor executor(storage);
  const double start = bench::seconds_now();
  const RunResult result = runtime.run(executor.co_run(std::move(pipeline), std::move(inputs), std::move(options)));
  const double seconds = bench::seconds_now() - start;
  if (result.pipes.size() != pipes + 1) throw Error(ErrorKind::corrupt, "another number of pipes has run");
  std::printf("{\"seconds\": %.6f, \"us_per_pipe\": %.3f}\n", seconds, seconds * 1e6 / static_cast<double>(pipes));
}

}  // namespace

int main(int argc, char** argv) {
  return coffer::bench::run_bench(argc, argv, 3, "usage: coffer_run_overhead_bench STORE PIPES journal|none", measure);
}
