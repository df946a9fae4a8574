#include <fstream>
#include <string>
#include <utility>

#include <coffer/pipe/executor.hpp>
#include <coffer/storage/storage.hpp>

#include "async/helper_threads.hpp"
#include "pipe/run.hpp"

namespace coffer {
namespace {

/// The most memory that this process ever had, in bytes; 0 where the system does not say.
std::size_t peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::size_t kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes << 10U;
  }
  return 0;
}

}  // namespace

Executor::Executor(Storage& storage) : storage_(storage) {}

Task<RunResult> Executor::co_run(Pipeline pipeline, RunInputs inputs, RunOptions options) {
  RunSetup::Ready ready = co_await RunSetup::co_make(storage_, std::move(pipeline), std::move(inputs), options);
  Run run(std::move(ready), options.overlap_);
  RunResult result = co_await run.co_run();
  result.peak_memory = co_await storage_.runtime().helpers().co_run(peak_memory);
  result.peak_buffers = storage_.runtime().pool().use().peak;
  co_return result;
}

}  // namespace coffer
