#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <coffer/pipe/list.hpp>
#include <coffer/pipe/pipeline.hpp>

#include "pipe/resume_plan.hpp"
#include "pipe/run_history.hpp"
#include "pipe/run_plan.hpp"

namespace coffer {

/// What is known of the content of an object, or that it cannot be known any more.
struct ContentFacts {
  /// Nothing where nobody says.
  std::optional<std::uint64_t> size;
  /// Nothing where it was never read as a whole.
  std::optional<std::string> sha256;
};

/// What decides what of earlier runs is taken. Grows until the decision asks for nothing more.
struct ReuseFacts {
  /// Newest first; none that is being disposed of.
  std::vector<std::shared_ptr<const RunHistory>> earlier;
  /// By position in the pipeline.
  std::vector<PipeIdentity> identities;
  /// URIs of what is given a place of its own, by name.
  std::map<std::string, std::string> places;
  /// Which object is at a URI now, and its size; nothing where none is. Without those that nobody has looked at.
  std::map<std::string, std::optional<ObjectInfo>> there;
  /// Of contents that are there, or were.
  std::map<ContentName, ContentFacts> contents;
  /// Contents that could not be read as a whole.
  std::set<ContentName> unreadable;
  /// Names of the same content.
  std::map<ContentName, std::set<ContentName>> aliases;
  /// What is in lists, by the URI of the list's own object; nothing where it cannot be read.
  std::map<std::string, std::optional<std::vector<ListElement>>> lists;
  /// URIs of objects that cannot be had, with the reason.
  std::map<std::string, std::string> refused;
};

/// What has to be found out before the decision can be made.
struct ReuseQuestions {
  std::set<std::string> look;  ///< URIs: is it there, and which one?
  std::set<ContentName> hash;
  std::set<std::string> load;  ///< URIs of lists' own objects.

  bool empty() const noexcept { return look.empty() && hash.empty() && load.empty(); }
  void add(const ReuseQuestions& more) {
    look.insert(more.look.begin(), more.look.end());
    hash.insert(more.hash.begin(), more.hash.end());
    load.insert(more.load.begin(), more.load.end());
  }
};

/// What an earlier run has made of a pipe that is the same, of the same inputs.
struct ReuseChoice {
  std::shared_ptr<const RunHistory> run;  ///< Null where there is none.
  const PipeFinished* then = nullptr;     ///< In `run`.
  /// Empty where all that it made is there as it was; else "'loud' is not in the store any more".
  std::string loss;
  /// Why there is none.
  std::string why_not;
};

/// Looks for the newest result that is there; else the newest of which something is gone. `inputs` are what the pipe
/// reads, by name; without those of which nothing is known.
ReuseChoice choose_earlier(const PipeSpec& pipe, const PipeIdentity& identity,
                           const std::map<std::string, ContentName>& inputs, const ReuseFacts& facts,
                           ReuseQuestions& questions);

/// Whether some earlier run has run the same pipe, whatever it has read.
bool has_earlier(const PipeSpec& pipe, const PipeIdentity& identity, const ReuseFacts& facts);

/// What of earlier runs is taken before anything starts.
struct ReusePlan {
  struct Taken {
    std::shared_ptr<const RunHistory> run;
    const PipeFinished* then = nullptr;  ///< In `run`.
    std::vector<UsedInput> inputs;       ///< As they are now.
  };
  /// By position in the pipeline.
  std::map<std::size_t, Taken> pipes;
  /// By position in RunPlan::data(): what they made, as far as it is there.
  std::map<std::size_t, RunObject> objects;
  std::map<std::size_t, std::vector<ListElement>> lists;
  /// Names, by position in RunPlan::data(), that stay without an object: nobody reads them any more.
  std::set<std::size_t> idle;
  /// Pipes that an earlier run has finished, too, and that are decided once all that they read is committed.
  std::set<std::size_t> later;
  /// Of the other pipes that had not finished, by position in the pipeline.
  std::map<std::size_t, std::string> why_not;
  ReuseQuestions questions;  ///< Where there are any, the rest means nothing.
};

/// Decides. `resumed` is what an earlier attempt at the same run has left, `given` the inputs by name. A pipe counts as
/// run where an earlier run had the same program with the same arguments make it of the same contents, and what it made
/// is there, or nobody needs it: neither the result nor a pipe that runs.
ReusePlan plan_reuse(const RunPlan& plan, const Pipeline& pipeline, const ResumePlan& resumed,
                     const std::map<std::string, GivenInput>& given, const ReuseFacts& facts);

}  // namespace coffer
