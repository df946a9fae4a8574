#include "pipe/run_begin.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <coffer/base/object_name.hpp>

#include "async/helper_threads.hpp"
#include "pipe/disposal.hpp"
#include "pipe/pipe_identity.hpp"
#include "pipe/run_job.hpp"
#include "pipe/run_pins.hpp"

namespace coffer {
namespace {

/// The etags of what bears the run's name, and of others of `uris` that are there, by URI.
Task<std::map<std::string, std::string>> co_look(Storage& storage, std::string id, std::set<std::string> uris) {
  std::map<std::string, std::string> etags;
  const std::vector<ObjectInfo> own = co_await co_objects_of_run(storage, std::move(id));
  for (const ObjectInfo& object : own) etags.emplace(object.uri.text(), object.etag);
  for (const std::string& text : uris) {
    if (etags.contains(text)) continue;
    Uri uri(text);
    const std::optional<ObjectInfo> info = co_await storage.co_head(std::move(uri));
    if (info) etags.emplace(text, info->etag);
  }
  co_return std::move(etags);
}

/// Whether each element is there as the list has it. `etags` outlives it and has those of all that bear the run's name;
/// of a list that was taken from another run they bear that one's.
Task<bool> co_is_whole(Storage& storage, std::vector<ListElement> elements,
                       const std::map<std::string, std::string>& etags) {
  for (ListElement& element : elements) {
    const auto own = etags.find(element.stored.uri.text());
    if (own != etags.end()) {
      if (own->second != element.stored.etag) co_return false;
      continue;
    }
    const std::optional<ObjectInfo> info = co_await storage.co_head(std::move(element.stored.uri));
    if (!info || info->etag != element.stored.etag) co_return false;
  }
  co_return true;
}

/// What is in a list; nothing where it cannot be read any more.
Task<std::optional<std::vector<ListElement>>> co_readable_elements(Storage& storage, Uri list) {
  try {
    co_return co_await co_load_list(storage, std::move(list));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::invalid_argument) throw;
  }
  co_return std::nullopt;
}

/// Finds out what is in the lists that the run had made. One of which an element is gone is as good as gone itself.
Task<> co_look_at_lists(Storage& storage, const RunHistory& history, ResumeFacts& facts) {
  for (const RunObject& object : lists_of(history)) {
    const std::string name = object.stored.uri.text();
    const auto there = facts.etags.find(name);
    if (there == facts.etags.end() || there->second != object.stored.etag) continue;
    Uri uri = object.stored.uri;
    std::optional<std::vector<ListElement>> elements = co_await co_readable_elements(storage, std::move(uri));
    bool is_whole = false;
    if (elements) is_whole = co_await co_is_whole(storage, *elements, facts.etags);
    if (is_whole) {
      facts.lists.emplace(name, std::move(*elements));
    } else {
      facts.etags.erase(name);
    }
  }
}

void tell(RunContext& run, const ResumePlan& plan, const ReusePlan& reuse) {
  run.news.tell([&](RunObserver& observer) {
    observer.began(run.journal->run());
    for (const auto& [data, object] : plan.objects) {
      if (run.plan.data()[data].writers.empty()) observer.reused(object.name);
    }
    for (const std::size_t pipe : plan.finished) {
      const std::string& name = run.pipeline.pipes()[pipe].name();
      const auto taken = reuse.pipes.find(pipe);
      if (taken == reuse.pipes.end()) {
        observer.reused(name);
      } else {
        observer.taken(name, taken->second.run->run);
      }
    }
    for (const auto& [pipe, elements] : plan.elements) {
      const auto count = std::ranges::count_if(elements, [](const auto& entry) { return !entry.second.of; });
      if (count > 0) observer.resumed(run.pipeline.pipes()[pipe].name(), static_cast<std::size_t>(count));
    }
    for (const PipeAgain& again : plan.again) observer.again(again.name, again.why);
    for (const auto& [pipe, why] : reuse.why_not) observer.not_taken(run.pipeline.pipes()[pipe].name(), why);
    for (const auto& [pipe, why] : plan.skipped)
      observer.skipped(run.pipeline.pipes()[pipe].name(), why, std::chrono::nanoseconds(0));
  });
}

/// What no record that counts names: results of pipes that are run again, and what was committed just before a kill.
/// An object whose name somebody has chosen is theirs, wherever it lies.
Task<> co_remove_leftovers(RunContext& run, const RunEntry& entry, std::set<std::string> kept) {
  for (const auto& [name, place] : run.places) kept.insert(place.text());
  for (const auto& [data, object] : entry.resume.objects) kept.insert(object.stored.uri.text());
  const ElementsThatStay elsewhere = co_await co_elements_that_stay(run.storage, entry.history, Keep::nothing);
  if (elsewhere.unreadable) co_return;  // It may be any of them; they go with the run.
  kept.insert(elsewhere.uris.begin(), elsewhere.uris.end());
  for (const auto& [data, elements] : entry.resume.lists) {
    for (const ListElement& element : elements) kept.insert(element.stored.uri.text());
  }
  for (const auto& [pipe, elements] : entry.resume.elements) {
    for (const auto& [index, made] : elements) {
      for (const Stored& output : made.outputs) kept.insert(output.uri.text());
      if (made.of) kept.insert(made.of->uri.text());
    }
  }
  const std::vector<HeldPin> pins = co_await co_pins_that_hold(run.storage, entry.journal->run());
  const std::vector<ObjectInfo> there = co_await co_objects_of_run(run.storage, entry.journal->run());
  const Uri prefix = run.storage.uri_of(run.prefix);
  for (const ObjectInfo& object : there) {
    const std::string name = object.uri.text();
    if (!is_object_name(std::string_view(name).substr(prefix.text().size()))) continue;
    const bool is_pinned = std::ranges::any_of(pins, [&](const HeldPin& pin) { return pins_object(pin, name); });
    if (is_pinned || kept.contains(name)) continue;
    RemoveOptions options;
    if (!object.etag.empty()) options.if_etag(object.etag);
    Uri uri = object.uri;
    try {
      co_await run.storage.co_remove(std::move(uri), std::move(options));
    } catch (const Error& error) {
      // Somebody has just replaced it, and then it is theirs.
      if (error.kind() != ErrorKind::precondition_failed) throw;
    }
  }
}

}  // namespace

Task<> co_plan_resume(RunContext& run, RunEntry& entry, ResumeFacts facts) {
  auto identify = [pipes = run.pipeline.pipes()] {
    std::vector<PipeIdentity> all;
    all.reserve(pipes.size());
    for (const PipeSpec& pipe : pipes) all.push_back(identify_pipe(pipe));
    return all;
  };
  run.identities = co_await run.runtime().helpers().co_run(std::move(identify));
  if (!entry.history.begun) co_return;
  facts.identities = run.identities;
  std::set<std::string> uris = uris_of(entry.history);
  facts.etags = co_await co_look(run.storage, entry.journal->run(), std::move(uris));
  co_await co_look_at_lists(run.storage, entry.history, facts);
  entry.resume = plan_resume(run.plan, run.pipeline, entry.history, facts);
}

Task<> co_plan_reuse(RunContext& run, RunEntry& entry, std::map<std::string, GivenInput> given,
                     std::map<std::string, std::optional<ObjectInfo>> inputs) {
  std::map<std::string, std::string> places;
  for (const auto& [name, uri] : run.places) places.emplace(name, uri.text());
  run.reuse = std::make_shared<RunReuse>(run.storage, entry.journal->run());
  auto own = std::make_shared<const RunHistory>(entry.history);
  co_await run.reuse->co_gather(std::move(own), run.pipeline, run.identities, std::move(places), std::move(inputs));
  ResumePlan& resume = entry.resume;
  entry.reuse = co_await run.reuse->co_plan(run.plan, run.pipeline, resume, given);
  run.decided_later = entry.reuse.later;
  for (const auto& [pipe, taken] : entry.reuse.pipes) {
    const std::string& name = run.pipeline.pipes()[pipe].name();
    run.reuse->took(name, taken.run->run);
    resume.finished.insert(pipe);
    resume.elements.erase(pipe);
    std::erase_if(resume.again, [&name](const PipeAgain& again) { return !again.is_input && again.name == name; });
  }
  resume.objects.insert(entry.reuse.objects.begin(), entry.reuse.objects.end());
  resume.lists.insert(entry.reuse.lists.begin(), entry.reuse.lists.end());
}

Task<> co_take(RunContext& run, RunEntry& entry) {
  for (auto& [data, object] : entry.reuse.objects) {
    object = co_await co_at_its_place(run, object);
    entry.resume.objects.insert_or_assign(data, object);
  }
  std::uint64_t written = 0;
  for (const auto& [pipe, taken] : entry.reuse.pipes) {
    PipeFinished finished;
    finished.at = entry.journal->now();
    finished.pipe = run.pipeline.pipes()[pipe].name();
    finished.identity = run.identities[pipe];
    finished.inputs = taken.inputs;
    for (const RunObject& then : taken.then->outputs) {
      const auto now = entry.reuse.objects.find(run.plan.position(then.name));
      finished.outputs.push_back(now == entry.reuse.objects.end() ? then : now->second);
    }
    written = entry.journal->add(finished);
  }
  co_await entry.journal->co_durable(written);
  run.reuse->write_to(entry.journal);
}

Task<> co_begin_run(RunContext& run, RunEntry& entry, RunBegun begun, std::set<std::string> origins) {
  co_await co_end_survivors(run.runtime(), entry.history, entry.journal->holder());
  co_await entry.journal->co_begin(entry.history);
  const bool is_resumed = entry.history.begun.has_value();
  begun.at = entry.journal->now();
  entry.history.begun = begun;
  for (const PipeAgain& again : entry.resume.again) co_await entry.journal->co_write(again);
  JournalRecord record = std::move(begun);
  co_await entry.journal->co_write_durably(std::move(record));
  tell(run, entry.resume, entry.reuse);
  if (is_resumed) co_await co_remove_leftovers(run, entry, std::move(origins));
}

}  // namespace coffer
