#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <coffer/pipe/list.hpp>
#include <coffer/pipe/pipeline.hpp>

#include "pipe/run_history.hpp"
#include "pipe/run_plan.hpp"

namespace coffer {

/// What is so now, as far as it decides what of a run counts still.
struct ResumeFacts {
  /// By the URI of each object that the run had stored and of each that it uses: its etag; without those that are not
  /// there.
  std::map<std::string, std::string> etags;
  /// By position in the pipeline.
  std::vector<PipeIdentity> identities;
  /// How inputs are given now, by name; without those that are not.
  std::map<std::string, GivenInput> given;
  /// URIs of what is given a place of its own, by name.
  std::map<std::string, std::string> places;
  /// What is in lists: by the URI of the list's own object, and by the name of an input. All of it is there.
  std::map<std::string, std::vector<ListElement>> lists;
};

/// What was made of one element of a batch.
struct MadeElement {
  /// In the order of the pipe's outputs.
  std::vector<Stored> outputs;
  /// Where the list is made again: what it was made of, which counts if the new element holds the same bytes.
  std::optional<Stored> of;
};

/// By the element's index.
using MadeElements = std::map<std::size_t, MadeElement>;

/// What of a run is not done again.
struct ResumePlan {
  /// By position in RunPlan::data(): what is there already.
  std::map<std::size_t, RunObject> objects;
  /// What is in those of them that are lists.
  std::map<std::size_t, std::vector<ListElement>> lists;
  /// Pipes that have finished, by position in the pipeline.
  std::set<std::size_t> finished;
  /// Of batches that have not finished, by position in the pipeline.
  std::map<std::size_t, MadeElements> elements;
  /// Pipes that are skipped as before, by position in the pipeline, with the reason.
  std::map<std::size_t, std::string> skipped;
  /// What had been done and counts no more, with the reason.
  std::vector<PipeAgain> again;

  /// Null where the object is made now.
  const RunObject* find(std::size_t data) const {
    const auto object = objects.find(data);
    return object == objects.end() ? nullptr : &object->second;
  }
};

/// Decides. A pipe counts still where the same program with the same arguments had the same inputs and its outputs are
/// there as they were; so does an input that was stored as a whole from where it comes now.
ResumePlan plan_resume(const RunPlan& plan, const Pipeline& pipeline, const RunHistory& history,
                       const ResumeFacts& facts);

/// The lists' own objects that the run had made.
std::vector<RunObject> lists_of(const RunHistory& history);

/// The URIs whose etags the decision needs.
std::set<std::string> uris_of(const RunHistory& history);

}  // namespace coffer
