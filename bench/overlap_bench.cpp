// Does a pipeline of three pipes take as long as its work or its storage takes, or as long as both?
//
// The pipes hand a stream on, and have all of it worked on chunk by chunk by one thread that they share, as pipes share
// one model. How much work a MiB is can be given, so that work can be made to take as long as storage.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/thread_pool.hpp>
#include <coffer/app/open_storage.hpp>
#include <coffer/base/checksum.hpp>
#include <coffer/base/literals.hpp>
#include <coffer/observe/work_meter.hpp>
#include <coffer/pipe/executor.hpp>

#include "bench/arguments.hpp"
#include "bench/pattern_source.hpp"
#include "bench/usage.hpp"

namespace {

using namespace coffer;

/// One thread that reads over each chunk it is given until `per_mib` bytes are read for a MiB.
class Worker {
 public:
  explicit Worker(std::uint64_t per_mib) : per_mib_(per_mib) {}

  Task<> co_work(Chunk chunk) {
    if (per_mib_ == 0) co_return;
    auto reading = co_read_over(std::move(chunk));
    co_await boost::asio::co_spawn(thread_.get_executor(), std::move(reading), boost::asio::deferred);
  }

 private:
  Task<> co_read_over(Chunk chunk) {
    std::uint64_t left = per_mib_ * chunk.size() / 1_MiB;
    while (left > 0) {
      const Chunk part = chunk.slice(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, chunk.size())));
      sum_.update(part);
      left -= part.size();
    }
    co_return;
  }

  const std::uint64_t per_mib_;
  Crc32c sum_;
  boost::asio::thread_pool thread_{1};
};

Task<> co_work_on_all(Worker& worker, ByteSource& source) {
  while (std::optional<Chunk> chunk = co_await source.co_read()) co_await worker.co_work(*chunk);
}

/// Works on everything, then hands it on.
Task<> co_hand_on(Worker& worker, ByteSource& source, ByteSink& sink) {
  while (std::optional<Chunk> chunk = co_await source.co_read()) {
    co_await worker.co_work(*chunk);
    co_await sink.co_write(std::move(*chunk));
  }
  co_await sink.co_commit();
}

Task<> co_make(PipeIo& io, Worker& worker, std::uint64_t bytes) {
  SourcePtr source = bench::make_pattern_source(io.storage().runtime(), bytes);
  SinkPtr video = co_await io.co_output("video");
  co_await co_hand_on(worker, *source, *video);
}

Task<> co_change(PipeIo& io, Worker& worker) {
  SourcePtr video = co_await io.co_input("video");
  SinkPtr preview = co_await io.co_output("preview");
  co_await co_hand_on(worker, *video, *preview);
}

Task<> co_judge(PipeIo& io, Worker& worker) {
  SourcePtr preview = co_await io.co_input("preview");
  SinkPtr verdict = co_await io.co_output("verdict");
  co_await co_work_on_all(worker, *preview);
  SourcePtr word = bench::make_pattern_source(io.storage().runtime(), 16);
  std::optional<Chunk> chunk = co_await word->co_read();
  co_await verdict->co_write(std::move(*chunk));
  co_await verdict->co_commit();
}

Pipeline three_pipes(Worker& worker, std::uint64_t bytes) {
  return Pipeline("overlap")
      .output("verdict")
      .pipe(PipeSpec("make").writes("video").run([&worker, bytes](PipeIo& io) { return co_make(io, worker, bytes); }))
      .pipe(PipeSpec("change").reads("video").writes("preview").run(
          [&worker](PipeIo& io) { return co_change(io, worker); }))
      .pipe(PipeSpec("judge").reads("preview").writes("verdict").run(
          [&worker](PipeIo& io) { return co_judge(io, worker); }));
}

/// The work of all three pipes, side by side as in a run, and nothing stored.
Task<> co_work_alone(Runtime& runtime, Worker& worker, std::uint64_t bytes) {
  using boost::asio::experimental::awaitable_operators::operator&&;
  SourcePtr first = bench::make_pattern_source(runtime, bytes);
  SourcePtr second = bench::make_pattern_source(runtime, bytes);
  SourcePtr third = bench::make_pattern_source(runtime, bytes);
  co_await (co_work_on_all(worker, *first) && co_work_on_all(worker, *second) && co_work_on_all(worker, *third));
}

void measure(const std::vector<std::string>& arguments) {
  const std::uint64_t bytes = bench::number(arguments[1]);
  const std::string& mode = arguments[2];
  if (mode != "overlap" && mode != "in-turn" && mode != "work") throw std::invalid_argument("there is no mode " + mode);
  auto meter = std::make_shared<WorkMeter>();
  Runtime runtime(RuntimeConfig().observer(meter));
  Storage storage = open_storage(runtime, StoreConfig(arguments[0]));
  // Joined before the loop goes to which its thread hands results.
  Worker worker(bench::number(arguments[3]));
  double hidden = 0;
  const double cpu = bench::cpu_seconds();
  const double start = bench::seconds_now();
  if (mode == "work") {
    runtime.run(co_work_alone(runtime, worker, bytes));
  } else {
    Executor executor(storage);
    RunOptions options = RunOptions().overlap(mode == "overlap").meter(meter).keep(Keep::everything);
    const RunResult result = runtime.run(executor.co_run(three_pipes(worker, bytes), RunInputs(), std::move(options)));
    if (result.bytes_stored < 2 * bytes) throw std::runtime_error("not everything was stored");
    if (result.hidden) hidden = result.hidden->share();
  }
  const double end = bench::seconds_now();
  std::printf(R"({"seconds": %.6f, "bytes": %llu, "cpu_seconds": %.6f, "hidden_share": %.4f, "read_back": %llu, )"
              R"("peak_rss": %llu})"
              "\n",
              end - start, static_cast<unsigned long long>(bytes) * 3, bench::cpu_seconds() - cpu, hidden,
              static_cast<unsigned long long>(meter->bytes_read()), static_cast<unsigned long long>(bench::peak_rss()));
}

}  // namespace

int main(int argc, char** argv) {
  return coffer::bench::run_bench(argc, argv, 4, "FOLDER BYTES overlap|in-turn|work WORK_PER_MIB", measure);
}
