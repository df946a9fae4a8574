// Do six pipes in a row, each with an inference of its own, take as long as their work or their storage takes?
//
// Each hands on all of what the one before it writes, and infers in parts, as the bytes pass. The first reads an object
// of the store.

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <coffer/app/open_storage.hpp>
#include <coffer/observe/work_meter.hpp>
#include <coffer/pipe/executor.hpp>

#include "bench/arguments.hpp"
#include "bench/inference.hpp"
#include "bench/pattern_source.hpp"
#include "bench/usage.hpp"

namespace {

using namespace coffer;

constexpr std::uint64_t pipes = 6;

std::string stuff(std::uint64_t number) { return "stuff_" + std::to_string(number); }

Task<> co_infer(PipeIo& io, const bench::Inference& inference, std::uint64_t number) {
  const SourcePtr source = co_await io.co_input(stuff(number));
  const SinkPtr sink = co_await io.co_output(stuff(number + 1));
  co_await inference.co_hand_on(io, *source, *sink);
  co_await sink->co_commit();
}

Pipeline in_a_row(const bench::Inference& inference) {
  Pipeline pipeline = Pipeline("overlap_plan").input(stuff(0)).output(stuff(pipes));
  for (std::uint64_t i = 0; i < pipes; ++i) {
    pipeline.pipe(
        PipeSpec("pipe_" + std::to_string(i)).reads(stuff(i)).writes(stuff(i + 1)).run([&inference, i](PipeIo& io) {
          return co_infer(io, inference, i);
        }));
  }
  return pipeline;
}

void measure(const std::vector<std::string>& arguments) {
  const std::uint64_t bytes = bench::number(arguments[1]);
  const bench::Inference inference(bytes, std::chrono::milliseconds(bench::number(arguments[2])));
  const bool overlap = arguments[3] == "overlap";
  if (!overlap && arguments[3] != "in-turn") throw std::invalid_argument("there is no mode " + arguments[3]);
  auto meter = std::make_shared<WorkMeter>();
  // A thread for each inference: one that sleeps needs no core.
  Runtime runtime(RuntimeConfig().observer(meter).compute_threads(pipes));
  Storage storage = open_storage(runtime, StoreConfig(arguments[0]));
  const Stored first = runtime.run(storage.co_store(bench::make_pattern_source(runtime, bytes)));
  const double cpu = bench::cpu_seconds();
  const double start = bench::seconds_now();
  Executor executor(storage);
  RunOptions options = RunOptions().overlap(overlap).meter(meter).inline_below(0).keep(Keep::everything);
  const RunResult result =
      runtime.run(executor.co_run(in_a_row(inference), RunInputs().use(stuff(0), first.uri), std::move(options)));
  const double end = bench::seconds_now();
  if (result.bytes_stored != pipes * bytes) throw std::runtime_error("not everything was stored");
  std::printf(R"({"seconds": %.6f, "bytes": %llu, "cpu_seconds": %.6f, "hidden_share": %.4f, "peak_rss": %llu})"
              "\n",
              end - start, static_cast<unsigned long long>(result.bytes_stored), bench::cpu_seconds() - cpu,
              result.hidden ? result.hidden->share() : 1.0, static_cast<unsigned long long>(bench::peak_rss()));
}

}  // namespace

int main(int argc, char** argv) {
  return coffer::bench::run_bench(argc, argv, 4, "FOLDER BYTES WORK_MS overlap|in-turn", measure);
}
