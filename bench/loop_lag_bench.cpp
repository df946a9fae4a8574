// Does a program's own loop keep its beat while Coffer streams on it?

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/app/open_storage.hpp>

#include "bench/arguments.hpp"
#include "bench/usage.hpp"

namespace {

using namespace coffer;
using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

struct Beats {
  std::vector<double> late_ms;
  bool stop = false;
};

/// A beat every millisecond. Each is due a millisecond after the one before was due, however late that was: a loop that
/// stands still for 20 ms is late for 20 beats, not for one.
Task<> co_beat(Beats& beats) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (SteadyClock::time_point due = SteadyClock::now() + 1ms; !beats.stop; due += 1ms) {
    timer.expires_at(due);
    co_await timer.async_wait(boost::asio::deferred);
    beats.late_ms.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - due).count());
  }
}

Task<std::uint64_t> co_stream(Storage& storage, Uri uri) {
  SourcePtr source = co_await storage.co_open(std::move(uri));
  std::uint64_t bytes = 0;
  while (std::optional<Chunk> chunk = co_await source->co_read()) bytes += chunk->size();
  co_return bytes;
}

Task<> co_idle(std::chrono::milliseconds time) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
  co_await timer.async_wait(boost::asio::deferred);
}

double percentile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  const auto rank = std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank), values.end());
  return values[rank];
}

class Load {
 public:
  Load(boost::asio::io_context& loop, Beats& beats) : loop_(loop), beats_(beats) {}

  void add(Task<std::uint64_t> stream) {
    ++running_;
    boost::asio::co_spawn(loop_, std::move(stream), [this](std::exception_ptr error, std::uint64_t bytes) {
      bytes_ += bytes;
      ended(error);
    });
  }
  void add(Task<> pause) {
    ++running_;
    boost::asio::co_spawn(loop_, std::move(pause), [this](std::exception_ptr error) { ended(error); });
  }

  std::uint64_t bytes() const { return bytes_; }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void ended(std::exception_ptr error) {
    if (error) error_ = std::move(error);
    if (--running_ == 0) beats_.stop = true;
  }

  boost::asio::io_context& loop_;
  Beats& beats_;
  int running_ = 0;
  std::uint64_t bytes_ = 0;
  std::exception_ptr error_;
};

void measure(const std::vector<std::string>& arguments) {
  const std::uint64_t files = bench::number(arguments[1]);
  const std::uint64_t streams = bench::number(arguments[2]);
  boost::asio::io_context loop(1);
  Runtime runtime(loop);
  Storage storage = open_storage(runtime, StoreConfig(arguments[0]));
  Beats beats;
  beats.late_ms.reserve(1'000'000);
  Load load(loop, beats);
  for (std::uint64_t stream = 0; stream < streams; ++stream) {
    load.add(co_stream(storage, storage.providers().active()->uri_of(std::to_string(stream % files) + ".bin")));
  }
  if (streams == 0) load.add(co_idle(std::chrono::milliseconds(bench::number(arguments[3]))));
  boost::asio::co_spawn(loop, co_beat(beats), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  const double cpu = bench::cpu_seconds();
  const double start = bench::seconds_now();
  loop.run();
  const double seconds = bench::seconds_now() - start;
  load.rethrow();
  // A beat is due each millisecond from the start.
  const auto worst = std::max_element(beats.late_ms.begin(), beats.late_ms.end());
  const double worst_at_seconds = static_cast<double>(worst - beats.late_ms.begin()) / 1e3;
  std::printf(R"({"seconds": %.6f, "bytes": %llu, "cpu_seconds": %.6f, "beats": %zu, "p50_ms": %.4f, "p99_ms": %.4f, )"
              R"("p999_ms": %.4f, "worst_ms": %.4f, "worst_at_s": %.3f})"
              "\n",
              seconds, static_cast<unsigned long long>(load.bytes()), bench::cpu_seconds() - cpu, beats.late_ms.size(),
              percentile(beats.late_ms, 0.5), percentile(beats.late_ms, 0.99), percentile(beats.late_ms, 0.999),
              percentile(beats.late_ms, 1), worst_at_seconds);
}

}  // namespace

int main(int argc, char** argv) {
  return coffer::bench::run_bench(argc, argv, 4, "FOLDER FILES STREAMS IDLE_MILLISECONDS", measure);
}
