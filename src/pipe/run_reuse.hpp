#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <coffer/storage/storage.hpp>

#include "async/signal.hpp"
#include "pipe/reuse_plan.hpp"
#include "pipe/run_journal.hpp"
#include "pipe/run_pins.hpp"

namespace coffer {

/// What a run knows of earlier runs of its store, and finds out. Thread-safe.
class RunReuse {
 public:
  /// The Storage outlives it.
  RunReuse(Storage& storage, std::string run) : storage_(storage), run_(std::move(run)) {}

  /// Reads the journals of the other runs that have finished pipes of these names; those of runs that cannot be read,
  /// or are being disposed of, are passed over. `own` is what earlier attempts at this run have written, `given` the
  /// inputs by URI, `places` the URIs of what has a place of its own by name. First.
  Task<> co_gather(std::shared_ptr<const RunHistory> own, const Pipeline& pipeline,
                   std::vector<PipeIdentity> identities, std::map<std::string, std::string> places,
                   std::map<std::string, std::optional<ObjectInfo>> given);

  /// Decides before the run starts. All that is taken is pinned, and was there after that. Arguments outlive the task.
  Task<ReusePlan> co_plan(const RunPlan& plan, const Pipeline& pipeline, const ResumePlan& resumed,
                          const std::map<std::string, GivenInput>& given);
  /// Decides of one pipe whose inputs are committed; what is taken is pinned. A result of which something is gone is
  /// none. Arguments outlive the task.
  Task<ReuseChoice> co_choose(const PipeSpec& pipe, const PipeIdentity& identity,
                              const std::map<std::string, ContentName>& inputs);
  /// Of a list that was chosen.
  std::vector<ListElement> elements_of(const Uri& list) const;

  /// Reads the content as a whole, where nobody has yet, for who decides later; it is written down. Deaf to what goes
  /// wrong but for Error{cancelled}.
  Task<> co_hash(ContentName content);

  /// Of a content that stays in memory.
  void know(const ContentName& name, const std::string& content);

  /// From here on what is found out is written down.
  void write_to(std::shared_ptr<RunJournal> journal);

  /// Whose outputs of a pipe were taken.
  void took(const std::string& pipe, const std::string& run);
  std::map<std::string, std::string> taken() const;

 private:
  void add_history(const std::shared_ptr<const RunHistory>& history);
  Task<> co_answer(ReuseQuestions questions);
  Task<> co_look(std::set<std::string> uris);
  Task<> co_load(std::string list);
  Task<bool> co_pin(const std::vector<RunObject>& objects);
  PinWish wish_for(const RunObject& object) const;
  void refuse(const RunObject& object, const Error& why);
  void forget(const RunObject& object);

  Storage& storage_;
  const std::string run_;
  std::set<std::string> runs_;  // All of the store, when this one began.
  mutable std::mutex mutex_;
  ReuseFacts facts_;
  std::set<ContentName> being_hashed_;
  std::set<std::string> pinned_;  // URIs.
  std::vector<ContentHashed> unwritten_;
  std::shared_ptr<RunJournal> journal_;
  std::map<std::string, std::string> taken_;
  Signal hashed_;
};

}  // namespace coffer
