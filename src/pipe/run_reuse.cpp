#include "pipe/run_reuse.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/sha256.hpp"
#include "pipe/content_digest.hpp"
#include "pipe/disposal.hpp"
#include "pipe/run_entry.hpp"

namespace coffer {
namespace {

/// Also where they were other ones: then it is said what has changed.
bool has_one_of(const RunHistory& history, const Pipeline& pipeline) {
  return std::ranges::any_of(pipeline.pipes(),
                             [&](const PipeSpec& pipe) { return history.finished.contains(pipe.name()); });
}

/// Nothing where it says nothing that could be taken from.
Task<std::shared_ptr<RunHistory>> co_history(Storage& storage, std::string run) {
  Result<RunHistory> history = co_await co_read_history(storage, std::move(run));
  if (!history || !history->begun || history->disposing) co_return nullptr;
  co_return std::make_shared<RunHistory>(std::move(*history));
}

/// Of others, what cannot be looked at is not there.
Task<std::optional<ObjectInfo>> co_try_head(Storage& storage, std::string uri) {
  std::exception_ptr failed;
  try {
    Uri of(uri);
    co_return co_await storage.co_head(std::move(of));
  } catch (...) {
    failed = std::current_exception();
  }
  if (to_error(failed).kind() == ErrorKind::cancelled) std::rethrow_exception(failed);
  co_return std::nullopt;
}

Task<std::optional<std::vector<ListElement>>> co_try_load(Storage& storage, std::string list) {
  std::exception_ptr failed;
  try {
    Uri uri(list);
    co_return co_await co_load_list(storage, std::move(uri));
  } catch (...) {
    failed = std::current_exception();
  }
  if (to_error(failed).kind() == ErrorKind::cancelled) std::rethrow_exception(failed);
  co_return std::nullopt;
}

}  // namespace

Task<> RunReuse::co_gather(std::shared_ptr<const RunHistory> own, const Pipeline& pipeline,
                           std::vector<PipeIdentity> identities, std::map<std::string, std::string> places,
                           std::map<std::string, std::optional<ObjectInfo>> given) {
  JournalStore& journals = journals_of(storage_);
  std::vector<std::shared_ptr<const RunHistory>> earlier;
  const std::vector<std::string> runs = co_await journals.co_runs();
  runs_.insert(runs.begin(), runs.end());
  for (const std::string& run : runs) {
    if (run == run_) continue;
    std::shared_ptr<const RunHistory> history = co_await co_history(storage_, run);
    if (!history) continue;
    const std::lock_guard lock(mutex_);
    for (const auto& [content, hashed] : history->hashed) {
      facts_.contents[content] = ContentFacts{hashed.size, hashed.sha256};
    }
    if (has_one_of(*history, pipeline)) earlier.push_back(std::move(history));
  }
  // The last one first.
  std::ranges::sort(earlier, [](const auto& one, const auto& other) {
    return std::tie(other->last_change, one->run) < std::tie(one->last_change, other->run);
  });
  if (own->begun) earlier.insert(earlier.begin(), own);
  const std::lock_guard lock(mutex_);
  facts_.identities = std::move(identities);
  facts_.places = std::move(places);
  facts_.there = std::move(given);
  for (const auto& history : earlier) add_history(history);
  facts_.earlier = std::move(earlier);
}

/// Under the lock.
void RunReuse::add_history(const std::shared_ptr<const RunHistory>& history) {
  const auto add = [this](const RunObject& object) {
    ContentFacts& facts = facts_.contents[ContentName{object.stored.uri.text(), object.stored.etag}];
    facts.size = object.stored.size;
    if (object.content) facts.sha256 = sha256(*object.content);
  };
  for (const auto& [content, hashed] : history->hashed) {
    facts_.contents[content] = ContentFacts{hashed.size, hashed.sha256};
  }
  for (const auto& [name, finished] : history->finished) std::ranges::for_each(finished.outputs, add);
  for (const auto& [name, stored] : history->stored) add(stored.object);
  // An input that was stored is what it came from.
  for (const GivenInput& input : history->begun->inputs) {
    const auto stored = history->stored.find(input.name);
    if (!input.is_ingested || input.uri.empty() || input.etag.empty() || stored == history->stored.end()) continue;
    const ContentName origin{input.uri, input.etag};
    const ContentName copy{stored->second.object.stored.uri.text(), stored->second.object.stored.etag};
    facts_.aliases[origin].insert(copy);
    facts_.aliases[copy].insert(origin);
  }
}

Task<ReusePlan> RunReuse::co_plan(const RunPlan& plan, const Pipeline& pipeline, const ResumePlan& resumed,
                                  const std::map<std::string, GivenInput>& given) {
  const auto decide = [&] {
    const std::lock_guard lock(mutex_);
    return plan_reuse(plan, pipeline, resumed, given, facts_);
  };
  for (;;) {
    ReusePlan decided = decide();
    if (!decided.questions.empty()) {
      co_await co_answer(std::move(decided.questions));
      continue;
    }
    std::vector<RunObject> objects;
    objects.reserve(decided.objects.size());
    for (const auto& [data, object] : decided.objects) objects.push_back(object);
    const bool all_pinned = co_await co_pin(objects);
    if (all_pinned) co_return std::move(decided);
  }
}

Task<ReuseChoice> RunReuse::co_choose(const PipeSpec& pipe, const PipeIdentity& identity,
                                      const std::map<std::string, ContentName>& inputs) {
  for (;;) {
    ReuseQuestions questions;
    ReuseChoice choice;
    {
      const std::lock_guard lock(mutex_);
      choice = choose_earlier(pipe, identity, inputs, facts_, questions);
    }
    if (!questions.empty()) {
      co_await co_answer(std::move(questions));
      continue;
    }
    if (choice.run && !choice.loss.empty()) {
      choice.why_not = "its output " + choice.loss;
      choice.run.reset();
      choice.then = nullptr;
    }
    if (!choice.run) co_return std::move(choice);
    const bool all_pinned = co_await co_pin(choice.then->outputs);
    if (all_pinned) co_return std::move(choice);
  }
}

std::vector<ListElement> RunReuse::elements_of(const Uri& list) const {
  const std::lock_guard lock(mutex_);
  return facts_.lists.at(list.text()).value();
}

/// Looking costs little, and may make reading needless.
Task<> RunReuse::co_answer(ReuseQuestions questions) {
  if (!questions.look.empty()) co_await co_look(std::move(questions.look));
  for (const std::string& list : questions.load) co_await co_load(list);
  if (!questions.load.empty() || !questions.look.empty()) co_return;
  for (const ContentName& content : questions.hash) co_await co_hash(content);
}

/// Of a run's objects all are looked at together.
Task<> RunReuse::co_look(std::set<std::string> uris) {
  std::map<std::string, std::optional<ObjectInfo>> found;
  std::set<std::string> owners;
  for (const std::string& uri : uris) {
    const std::optional<std::string> owner = owner_of(storage_, Uri(uri));
    if (!owner || !runs_.contains(*owner)) {
      std::optional<ObjectInfo> info = co_await co_try_head(storage_, uri);
      found.insert_or_assign(uri, std::move(info));
      continue;
    }
    if (owners.insert(*owner).second) {
      const std::vector<ObjectInfo> objects = co_await co_objects_of_run(storage_, *owner);
      for (const ObjectInfo& object : objects) found.insert_or_assign(object.uri.text(), object);
    }
    found.try_emplace(uri, std::nullopt);
  }
  const std::lock_guard lock(mutex_);
  for (auto& [uri, info] : found) facts_.there.insert_or_assign(uri, std::move(info));
}

Task<> RunReuse::co_load(std::string list) {
  std::optional<std::vector<ListElement>> elements = co_await co_try_load(storage_, list);
  const std::lock_guard lock(mutex_);
  facts_.lists.insert_or_assign(list, std::move(elements));
}

/// False where something was pinned, or could not be: then all is decided again by what is there after that.
Task<bool> RunReuse::co_pin(const std::vector<RunObject>& objects) {
  std::vector<RunObject> fresh;
  {
    const std::lock_guard lock(mutex_);
    std::ranges::copy_if(objects, std::back_inserter(fresh), [this](const RunObject& object) {
      return !object.content && pinned_.insert(object.stored.uri.text()).second;
    });
  }
  if (fresh.empty()) co_return true;
  std::vector<PinWish> wishes;
  wishes.reserve(fresh.size());
  for (const RunObject& object : fresh) wishes.push_back(wish_for(object));
  const std::vector<std::optional<Error>> refusals = co_await co_pin_all(storage_, run_, std::move(wishes), true);
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    if (refusals[i]) refuse(fresh[i], *refusals[i]);
    forget(fresh[i]);
  }
  co_return false;
}

PinWish RunReuse::wish_for(const RunObject& object) const {
  PinWish wish;
  wish.name = object.name;
  wish.objects.push_back(object.stored.uri);
  wish.is_list = is_list_type(object.stored.content_type);
  if (!wish.is_list) return wish;
  for (ListElement& element : elements_of(object.stored.uri)) wish.objects.push_back(std::move(element.stored.uri));
  return wish;
}

void RunReuse::refuse(const RunObject& object, const Error& why) {
  const std::lock_guard lock(mutex_);
  facts_.refused.insert_or_assign(object.stored.uri.text(), "'" + object.name + "' cannot be had: " + why.message());
}

void RunReuse::forget(const RunObject& object) {
  const std::string uri = object.stored.uri.text();
  const std::lock_guard lock(mutex_);
  facts_.there.erase(uri);
  const auto list = facts_.lists.find(uri);
  if (list == facts_.lists.end() || !list->second) return;
  for (const ListElement& element : *list->second) facts_.there.erase(element.stored.uri.text());
}

Task<> RunReuse::co_hash(ContentName content) {
  const auto is_known = [&] {
    const auto known = facts_.contents.find(content);
    return (known != facts_.contents.end() && known->second.sha256) || facts_.unreadable.contains(content);
  };
  for (;;) {
    const std::uint64_t seen = hashed_.epoch();
    {
      const std::lock_guard lock(mutex_);
      if (is_known()) co_return;
      if (being_hashed_.insert(content).second) break;
    }
    co_await hashed_.co_wait(seen);
  }
  std::optional<ContentDigest> digest;
  std::exception_ptr cancelled;
  try {
    Uri uri(content.uri);
    digest = co_await co_digest(storage_, std::move(uri), content.etag);
  } catch (...) {
    cancelled = std::current_exception();
  }
  {
    const std::lock_guard lock(mutex_);
    being_hashed_.erase(content);
    if (digest) {
      facts_.contents[content] = ContentFacts{digest->size, digest->sha256};
      const ContentHashed record{content, digest->size, digest->sha256};
      if (journal_) journal_->add(record);
      if (!journal_) unwritten_.push_back(record);
    } else if (!cancelled) {
      facts_.unreadable.insert(content);
    }
  }
  hashed_.notify_all();
  if (cancelled) std::rethrow_exception(cancelled);
}

void RunReuse::know(const ContentName& name, const std::string& content) {
  const std::lock_guard lock(mutex_);
  facts_.contents[name] = ContentFacts{content.size(), sha256(content)};
}

void RunReuse::write_to(std::shared_ptr<RunJournal> journal) {
  const std::lock_guard lock(mutex_);
  journal_ = std::move(journal);
  for (const ContentHashed& record : std::exchange(unwritten_, {})) journal_->add(record);
}

void RunReuse::took(const std::string& pipe, const std::string& run) {
  const std::lock_guard lock(mutex_);
  taken_.insert_or_assign(pipe, run);
}

std::map<std::string, std::string> RunReuse::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

}  // namespace coffer
