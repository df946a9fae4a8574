// What does it cost a pipe that its run is written down?

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

#include <coffer/app/open_storage.hpp>
#include <coffer/pipe/executor.hpp>
#include <coffer/pipe/runs.hpp>
#include <coffer/pipe/typed_pipe.hpp>
#include <coffer/stream/memory_source.hpp>

#include "bench/arguments.hpp"
#include "bench/usage.hpp"

namespace {

using namespace coffer;

Task<std::string> pass_on(PipeIo& /*io*/, std::string content) { co_return content; }

/// Each pipe takes what the one before it gives, which stays in memory.
Pipeline chain(std::uint64_t pipes) {
  Pipeline pipeline = Pipeline("chain").input("content_0").output("content_" + std::to_string(pipes));
  for (std::uint64_t i = 0; i < pipes; ++i) {
    pipeline.pipe(typed_pipe("pipe_" + std::to_string(i), pass_on, {"content_" + std::to_string(i)},
                             {"content_" + std::to_string(i + 1)}));
  }
  return pipeline;
}

void measure(const std::vector<std::string>& arguments) {
  const std::uint64_t pipes = bench::number(arguments[1]);
  const bool is_journalled = arguments[2] == "journal";
  Runtime runtime;
  Storage storage = open_storage(runtime, StoreConfig(arguments[0]));
  RunInputs inputs;
  inputs.ingest("content_0", make_memory_source("x"));
  RunOptions options;
  if (is_journalled) options.run_id("bench");
  Pipeline pipeline = chain(pipes);
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
