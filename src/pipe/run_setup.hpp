#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <coffer/async/task.hpp>
#include <coffer/pipe/executor.hpp>

#include "pipe/run_context.hpp"
#include "pipe/run_entry.hpp"

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

  /// What is given by a path that leads into the active store gets the URI that it has there: first.
  static Task<> co_name_in_store(Storage& storage, RunInputs& inputs, RunOptions& options);
  /// Error{invalid_argument}, Error{not_found}: nothing is left of it. `entry` is null for a run without an id.
  static Task<Ready> co_make(Storage& storage, Pipeline pipeline, RunInputs inputs, const RunOptions& options,
                             RunEntry* entry);
  /// Error{invalid_argument} where the id is of a run of another pipeline, or of one that has ended well with other
  /// inputs or without some output: none of them is to be gone on with.
  static Task<> co_check_is_that_run(Storage& storage, const RunHistory& history, const Pipeline& pipeline,
                                     const RunInputs& inputs, const RunOptions& options);

 private:
  RunSetup(RunContext& run, RunInputs& inputs, const RunOptions& options)
      : run_(run), inputs_(inputs.inputs_), options_(options), prefix_(options.prefix_) {}
  void check_inputs() const;
  void check_places() const;
  Task<> co_check_owners_of_places(const RunEntry* entry) const;
  Task<> co_pin_inputs(std::string run);
  Task<> co_look_at_inputs();
  Task<ObjectInfo> co_find(std::string name, Uri uri);
  Task<std::vector<ListElement>> co_find_elements(std::string name, std::vector<Uri> uris);
  Task<> co_begin(RunEntry& entry);
  std::map<std::string, GivenInput> given() const;
  std::map<std::string, std::optional<ObjectInfo>> given_objects() const;
  std::set<std::string> origins() const;
  bool is_reusing(const RunEntry& entry) const;
  RunBegun begun(RunEntry& entry) const;
  void check_nothing_is_missing(const RunEntry* entry) const;
  static void check_outputs_of_ended(const RunHistory& history, const Pipeline& pipeline, const RunOptions& options);
  static Task<std::string> co_etag_of(Storage& storage, const RunInputs::Input& input);
  static std::unique_ptr<RunList> make_list(const RunPlan::Data& data, const RunEntry* entry, std::size_t position);
  void make_data(const RunEntry* entry, std::vector<std::size_t>& committed);
  std::shared_ptr<RunData> make_live(const RunPlan::Data& data, RunInputs::Input* input) const;

  RunContext& run_;
  std::map<std::string, RunInputs::Input>& inputs_;
  const RunOptions& options_;
  std::string prefix_;
  std::map<std::string, ObjectInfo> found_;  // Inputs that are read where they lie.
  std::map<std::string, std::vector<ListElement>> found_elements_;
};

}  // namespace coffer
