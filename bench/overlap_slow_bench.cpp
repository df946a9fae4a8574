// A store at the end of a slow line: how much of what has to pass the line does so while pipes work?
//
// Six pipes, one after the other: each waits for a word of the one before it. Each reads all of an object of the store,
// infers, says the word to the next, and stores an object.

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <coffer/io_backends/make_io_backend.hpp>
#include <coffer/observe/work_meter.hpp>
#include <coffer/pipe/executor.hpp>
#include <coffer/providers/local.hpp>
#include <coffer/storage/storage.hpp>
#include <coffer/stream/pump.hpp>

#include "app/cache_folder.hpp"
#include "app/file_scratch.hpp"
#include "bench/arguments.hpp"
#include "bench/pattern_source.hpp"
#include "bench/throttled_provider.hpp"
#include "bench/usage.hpp"

namespace {

using namespace coffer;
namespace fs = std::filesystem;

constexpr std::uint64_t pipes = 6;

std::string name(const char* what, std::uint64_t number) { return what + std::to_string(number); }

struct Work {
  std::uint64_t bytes = 0;
  std::chrono::nanoseconds time{0};
  bench::WorkLog log;
};

Task<> co_read_all(PipeIo& io, std::string input) {
  const SourcePtr source = co_await io.co_input(std::move(input));
  while (co_await source->co_read()) {
  }
}

Task<> co_infer(PipeIo& io, Work& work, std::uint64_t number) {
  co_await co_read_all(io, name("word_", number));
  co_await co_read_all(io, name("in_", number));
  auto infer = [&work] {
    const bench::WorkLog::Working working(work.log);
    std::this_thread::sleep_for(work.time);
  };
  co_await io.compute(std::move(infer));
  co_await io.co_give(name("word_", number + 1), "go on");
  const SourcePtr result = bench::make_pattern_source(io.storage().runtime(), work.bytes);
  const SinkPtr sink = co_await io.co_output(name("out_", number));
  co_await co_pump(*result, *sink);
  co_await sink->co_commit();
}

Pipeline one_after_the_other(Work& work) {
  Pipeline pipeline = Pipeline("overlap_slow").input(name("word_", 0)).output(name("word_", pipes));
  for (std::uint64_t i = 0; i < pipes; ++i) {
    pipeline.input(name("in_", i)).output(name("out_", i));
    PipeSpec pipe = PipeSpec(name("pipe_", i)).reads(name("word_", i)).reads(name("in_", i));
    pipeline.pipe(std::move(pipe).writes(name("out_", i)).writes(name("word_", i + 1)).run([&work, i](PipeIo& io) {
      return co_infer(io, work, i);
    }));
  }
  return pipeline;
}

/// The objects that the pipes read, past the line.
RunInputs store_inputs(Runtime& runtime, StorageProvider& store, std::uint64_t bytes) {
  RunInputs inputs;
  const Stored word = runtime.run(store.co_store("word", std::string("begin")));
  inputs.use(name("word_", 0), word.uri);
  for (std::uint64_t i = 0; i < pipes; ++i) {
    const Stored stored = runtime.run(store.co_store(name("in_", i), bench::make_pattern_source(runtime, bytes)));
    inputs.use(name("in_", i), stored.uri);
  }
  return inputs;
}

void measure(const std::vector<std::string>& arguments) {
  const fs::path folder = arguments[0];
  const std::uint64_t bytes = bench::number(arguments[1]);
  const auto rate = static_cast<double>(bench::number(arguments[2]));
  Work work;
  work.bytes = bytes;
  work.time = std::chrono::milliseconds(bench::number(arguments[3]));
  const bool overlap = arguments[4] == "overlap";
  if (!overlap && arguments[4] != "in-turn") throw std::invalid_argument("there is no mode " + arguments[4]);
  bench::Line down(rate, work.log);
  bench::Line up(rate, work.log);
  auto meter = std::make_shared<WorkMeter>();
  Runtime runtime(RuntimeConfig().observer(meter).compute_threads(pipes));
  const std::shared_ptr<IoBackend> io = make_io_backend(runtime);
  const ProviderPtr store = make_local_provider(runtime, io, LocalConfig(folder / "store"));
  ProviderRegistry registry;
  registry.add_active(bench::make_throttled_provider(runtime, store, down, up));
  ScratchPlaces places;
  places.folders.push_back(folder / "spill");
  std::shared_ptr<DiskCache> cache = make_cache_folder(runtime, io, folder / "cache", 3 * bytes + bytes / 16);
  Storage storage(runtime, std::move(registry), make_file_scratch(runtime, io, std::move(places)), nullptr,
                  std::move(cache));
  RunInputs inputs = store_inputs(runtime, *store, bytes);
  const double start = bench::seconds_now();
  Executor executor(storage);
  RunOptions options = RunOptions().overlap(overlap).meter(meter).keep(Keep::everything);
  const RunResult result =
      runtime.run(executor.co_run(one_after_the_other(work), std::move(inputs), std::move(options)));
  const double end = bench::seconds_now();
  if (result.bytes_stored < pipes * bytes) throw std::runtime_error("not everything was stored");
  const bench::LineTraffic read = down.traffic();
  const bench::LineTraffic written = up.traffic();
  if (read.bytes > static_cast<double>(pipes * bytes + 1024)) throw std::runtime_error("something was read twice");
  // Nobody works before the first input has come, nor after the last output was made.
  const auto hideable = static_cast<double>(2 * (pipes - 1) * bytes);
  std::printf(R"({"seconds": %.6f, "share": %.4f, "read": %.0f, "read_while_working": %.0f, "written": %.0f, )"
              R"("written_while_working": %.0f, "ahead": %llu, "peak_buffers": %llu, "peak_rss": %llu})"
              "\n",
              end - start, (read.while_working + written.while_working) / hideable, read.bytes, read.while_working,
              written.bytes, written.while_working, static_cast<unsigned long long>(result.bytes_ahead),
              static_cast<unsigned long long>(result.peak_buffers), static_cast<unsigned long long>(bench::peak_rss()));
}

}  // namespace

int main(int argc, char** argv) {
  return coffer::bench::run_bench(argc, argv, 5, "FOLDER BYTES BYTES_PER_SECOND WORK_MS overlap|in-turn", measure);
}
