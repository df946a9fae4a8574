// What does it cost to pass a chunk from a source through the pump to a sink, beside copying its bytes?

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <coffer/async/runtime.hpp>
#include <coffer/base/literals.hpp>
#include <coffer/stream/pump.hpp>

#include "bench/arguments.hpp"
#include "bench/pattern_source.hpp"
#include "bench/usage.hpp"

namespace {

using namespace coffer;

constexpr std::size_t chunk_bytes = 1_MiB;
constexpr int rounds = 15;

/// Copies what it gets over the same memory, or only counts it.
class CopyingSink final : public ByteSink {
 public:
  /// Null: counts.
  explicit CopyingSink(std::byte* into) : into_(into) {}

  Task<Buffer> co_buffer(std::size_t) override { throw Error(ErrorKind::unsupported, "this sink takes chunks"); }
  Task<> co_write(Chunk chunk) override {
    if (into_ != nullptr) std::memcpy(into_, chunk.data(), chunk.size());
    bytes_ += chunk.size();
    co_return;
  }
  Task<Stored> co_commit() override {
    Stored stored;
    stored.size = bytes_;
    co_return stored;
  }

 private:
  std::byte* into_;
  std::uint64_t bytes_ = 0;
};

double pump_ns(Runtime& runtime, std::uint64_t chunks, std::byte* into) {
  SourcePtr source = bench::make_pattern_source(runtime, chunks * chunk_bytes);
  CopyingSink sink(into);
  const double start = bench::seconds_now();
  const std::uint64_t moved = runtime.run(co_pump(*source, sink));
  const double end = bench::seconds_now();
  if (moved != chunks * chunk_bytes) throw Error(ErrorKind::corrupt, "the pump lost bytes");
  return (end - start) * 1e9 / static_cast<double>(chunks);
}

/// The copies that the pump's sink makes, in the same thread and from the same kind of chunks.
Task<double> co_memcpy_ns(Runtime& runtime, std::uint64_t chunks, std::byte* into) {
  SourcePtr source = bench::make_pattern_source(runtime, chunks * chunk_bytes);
  std::vector<Chunk> ring;
  for (int count = 0; count < 4; ++count) {
    std::optional<Chunk> chunk = co_await source->co_read();
    ring.push_back(std::move(*chunk));
  }
  const double start = bench::seconds_now();
  for (std::uint64_t done = 0; done < chunks; ++done) std::memcpy(into, ring[done % ring.size()].data(), chunk_bytes);
  co_return (bench::seconds_now() - start) * 1e9 / static_cast<double>(chunks);
}

void measure(const std::vector<std::string>& arguments) {
  const std::uint64_t chunks = std::max<std::uint64_t>(bench::number(arguments[0]), 4);
  Runtime runtime;
  std::vector<std::byte> into(chunk_bytes);
  std::string lines;
  for (int round = -1; round < rounds; ++round) {
    double pump = 0;
    double copy = 0;
    // In turn, each as often first as second.
    if (round % 2 == 0) pump = pump_ns(runtime, chunks, into.data());
    copy = runtime.run(co_memcpy_ns(runtime, chunks, into.data()));
    if (round % 2 != 0) pump = pump_ns(runtime, chunks, into.data());
    const double bare = pump_ns(runtime, chunks * 20, nullptr);
    if (round < 0) continue;  // Warm-up.
    char line[160];
    std::snprintf(line, sizeof line, R"(%s{"pump_ns": %.1f, "memcpy_ns": %.1f, "bare_ns": %.1f})",
                  round == 0 ? "" : ", ", pump, copy, bare);
    lines += line;
  }
  std::printf("{\"rounds\": [%s]}\n", lines.c_str());
}

}  // namespace

int main(int argc, char** argv) { return coffer::bench::run_bench(argc, argv, 1, "CHUNKS", measure); }
