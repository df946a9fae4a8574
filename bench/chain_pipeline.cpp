#include "bench/chain_pipeline.hpp"

#include <string>

#include <coffer/pipe/typed_pipe.hpp>

namespace coffer::bench {
namespace {

Task<std::string> pass_on(PipeIo& /*io*/, std::string content) { co_return content; }

}  // namespace

Pipeline chain(std::uint64_t pipes) {
  Pipeline pipeline = Pipeline("chain").input("content_0").output("content_" + std::to_string(pipes));
  for (std::uint64_t i = 0; i < pipes; ++i) {
    pipeline.pipe(typed_pipe("pipe_" + std::to_string(i), pass_on, {"content_" + std::to_string(i)},
                             {"content_" + std::to_string(i + 1)}));
  }
  return pipeline;
}

}  // namespace coffer::bench
