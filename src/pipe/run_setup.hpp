#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <coffer/async/task.hpp>
#include <coffer/pipe/executor.hpp>

#include "pipe/run_context.hpp"

namespace coffer {

/// Makes all that a run needs before anything starts: every object that it will write exists as a live object.
class RunSetup {
 public:
  /// An input to be stored, by position in the plan.
  struct Ingested {
    std::size_t data = 0;
    SourcePtr source;
  };
  struct Ready {
    std::shared_ptr<RunContext> run;
    std::vector<Ingested> ingests;
  };

  /// Error{invalid_argument}, Error{not_found}: nothing is left of it.
  static Task<Ready> co_make(Storage& storage, Pipeline pipeline, RunInputs inputs, const RunOptions& options);

 private:
  RunSetup(RunContext& run, RunInputs& inputs, const RunOptions& options)
      : run_(run), inputs_(inputs.inputs_), options_(options) {}
  void check_inputs() const;
  void check_places() const;
  Task<> co_make_data(std::vector<std::size_t>& committed);
  std::unique_ptr<RunData> make_live(const RunPlan::Data& data, RunInputs::Input* input) const;

  RunContext& run_;
  std::map<std::string, RunInputs::Input>& inputs_;
  const RunOptions& options_;
};

}  // namespace coffer
