// Two pipes as C++ coroutines and one as a command. Each reads while the one before it is still writing; what they hand
// each other lies in the store.

#include <cctype>
#include <cstring>
#include <iostream>
#include <memory>

#include <coffer/coffer.hpp>
#include <coffer/pipe/executor.hpp>

namespace {

using namespace coffer;

Task<> count_up(PipeIo& io) {
  SinkPtr numbers = co_await io.co_output("numbers");
  for (int number = 1; number <= 10'000; ++number) {
    Chunk line = Chunk::of(std::to_string(number) + " sheep\n");
    co_await numbers->co_write(std::move(line));
  }
  co_await numbers->co_commit();
}

Task<> shout(PipeIo& io) {
  SourcePtr numbers = co_await io.co_input("numbers");
  SinkPtr loud = co_await io.co_output("loud");
  while (std::optional<Chunk> chunk = co_await numbers->co_read()) {
    // Memory of the budget, which may be less than asked for.
    for (Chunk rest = *chunk; !rest.empty();) {
      Buffer buffer = co_await loud->co_buffer(rest.size());
      const std::size_t size = std::min(buffer.size(), rest.size());
      for (std::size_t i = 0; i < size; ++i) {
        buffer.data()[i] = static_cast<std::byte>(std::toupper(std::to_integer<int>(rest.bytes()[i])));
      }
      Chunk upper = std::move(buffer).share(size);
      co_await loud->co_write(std::move(upper));
      rest = rest.from(size);
    }
  }
  co_await loud->co_commit();
}

Task<> run(Storage& storage) {
  Pipeline pipeline("sheep");
  pipeline.pipe(PipeSpec("count").writes("numbers", "text/plain").run(count_up));
  pipeline.pipe(PipeSpec("shout").reads("numbers").writes("loud", "text/plain").run(shout));
  PipeSpec last("last");
  last.reads("loud", Feed::standard_input).writes("end", Yield::standard_output, "text/plain");
  pipeline.pipe(last.command({"tail", "-n", "1"}));
  pipeline.output("loud");
  pipeline.output("end");

  Executor executor(storage);
  const RunResult result = co_await executor.co_run(std::move(pipeline), RunInputs());
  std::cout << result.outputs.at("loud").size
            << " bytes, the last of them: " << co_await storage.co_load(result.outputs.at("end").uri);
}

}  // namespace

int main() {
  coffer::Runtime runtime;
  coffer::Storage storage = coffer::open_storage(runtime, coffer::StoreConfig("store"));
  try {
    runtime.run(run(storage));
  } catch (const coffer::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
