#include "pipe/run_pins.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "pipe/disposal.hpp"
#include "pipe/run_entry.hpp"

namespace coffer {
namespace {

RunPin pin_of(std::string by, std::string name, const Uri& uri) {
  RunPin pin;
  pin.by = std::move(by);
  pin.name = std::move(name);
  pin.uri = uri.text();
  return pin;
}

Task<bool> co_is_there(JournalStore& journals, const std::string& run) {
  const std::vector<std::string> runs = co_await journals.co_runs();
  co_return std::ranges::binary_search(runs, run);
}

/// Whether one of the objects goes with what a run that has ended well does not keep.
Task<bool> co_goes(Storage& storage, const RunHistory& history, const std::vector<Uri>& objects) {
  const Keep keep = history.begun->keep;
  if (keep == Keep::everything) co_return false;
  const ElementsThatStay elements = co_await co_elements_that_stay(storage, history, keep);
  std::set<std::string> kept = elements.uris;
  if (keep == Keep::outputs) {
    for (const RunObject& output : history.completed->outputs) kept.insert(output.stored.uri.text());
  }
  co_return std::ranges::any_of(objects, [&](const Uri& object) { return !kept.contains(object.text()); });
}

/// Whether a run that may still be resumed counts on one of these: what it does not is removed when that begins.
bool counts_on(const RunHistory& history, const std::vector<Uri>& objects) {
  const std::set<std::string> recorded = uris_of(history);
  return std::ranges::any_of(objects, [&](const Uri& object) { return recorded.contains(object.text()); });
}

/// Where the owner is a run: pins, then looks whether that was in time for these objects.
Task<> co_pin(Storage& storage, std::string owner, RunPin pin, std::vector<Uri> objects, bool recorded) {
  JournalStore& journals = *storage.journals();
  const bool is_run = co_await co_is_there(journals, owner);
  if (!is_run) co_return;
  const std::vector<RunPin> pins = co_await journals.co_pins(owner);
  const bool was_pinned = std::ranges::any_of(
      pins, [&](const RunPin& other) { return other.by == pin.by && other.name == pin.name && other.uri == pin.uri; });
  co_await journals.co_pin(owner, pin);
  const std::vector<JournalSegment> segments = co_await journals.co_read(owner);
  if (segments.empty()) throw Error(ErrorKind::not_found, "there is no run " + owner);
  const Result<RunHistory> history = replay_journal(owner, segments);
  if (!history) co_return;  // Nobody who cannot read it either removes anything.
  const bool is_ending = history->completed && !history->is_tidied;
  const bool is_outdated = recorded && !history->completed && !counts_on(*history, objects);
  if (!history->disposing && !is_ending && !is_outdated) co_return;
  // Whoever takes it from here on sees the pin. Of one that is being disposed of there may be little left.
  const std::optional<RunHolder> holder = co_await journals.co_holder(owner);
  if (!holder && (was_pinned || !history->disposing)) co_return;
  std::string what = history->disposing ? " is being disposed of" : " makes it again";
  if (!history->disposing && is_ending) {
    const bool goes = co_await co_goes(storage, *history, objects);
    if (!goes) co_return;
    what = " has ended and does not keep it";
  }
  const std::string uri = pin.uri;
  if (!was_pinned) co_await journals.co_unpin(owner, std::move(pin));
  throw Error(ErrorKind::conflict, "the run " + owner + ", which has it," + what).about(uri);
}

}  // namespace

std::optional<std::string> owner_of(const Storage& storage, const Uri& uri) {
  const ProviderPtr& active = storage.providers().active();
  if (!active || !storage.journals() || !uri.is_below(active->root())) return std::nullopt;
  const std::string key = uri.key_below(active->root());
  std::string first = key.substr(0, key.find('/'));
  if (first.size() == key.size() || !is_run_id(first)) return std::nullopt;
  return first;
}

Task<std::optional<std::string>> co_run_that_owns(Storage& storage, Uri uri) {
  std::optional<std::string> owner = owner_of(storage, uri);
  if (!owner) co_return std::nullopt;
  const bool is_run = co_await co_is_there(*storage.journals(), *owner);
  if (!is_run) owner.reset();
  co_return std::move(owner);
}

Task<> co_pin_input(Storage& storage, std::string by, std::string name, Uri uri, bool recorded) {
  const std::optional<std::string> owner = owner_of(storage, uri);
  if (!owner || *owner == by) co_return;
  RunPin pin = pin_of(std::move(by), std::move(name), uri);
  std::vector<Uri> objects;
  objects.push_back(std::move(uri));
  co_await co_pin(storage, *owner, std::move(pin), std::move(objects), recorded);
}

Task<> co_pin_elements(Storage& storage, std::string by, std::string name, std::vector<Uri> elements, bool recorded) {
  std::map<std::string, std::vector<Uri>> owners;
  for (Uri& element : elements) {
    const std::optional<std::string> owner = owner_of(storage, element);
    if (owner && *owner != by) owners[*owner].push_back(std::move(element));
  }
  for (auto& [owner, objects] : owners) {
    RunPin pin = pin_of(by, name, storage.providers().active()->uri_of(prefix_of_run(owner)));
    co_await co_pin(storage, owner, std::move(pin), std::move(objects), recorded);
  }
}

bool pins_object(const RunPin& pin, const std::string& uri) {
  return pin.uri == uri || (pin.uri.ends_with('/') && uri.starts_with(pin.uri));
}

Task<std::vector<RunPin>> co_pins_that_hold(Storage& storage, std::string run) {
  JournalStore& journals = *storage.journals();
  std::vector<RunPin> pins = co_await journals.co_pins(std::move(run));
  const std::vector<std::string> runs = co_await journals.co_runs();
  std::erase_if(pins, [&](const RunPin& pin) { return !std::ranges::binary_search(runs, pin.by); });
  co_return std::move(pins);
}

std::set<std::string> names_still_needed(const Storage& storage, const RunHistory& history) {
  std::set<std::string> names;
  const Keep keep = history.begun->keep;
  const std::vector<std::string>& outputs = history.begun->outputs;
  for (const auto& [pipe, finished] : history.finished) {
    for (const RunObject& made : finished.outputs) {
      const bool is_output = std::ranges::find(outputs, made.name) != outputs.end();
      const bool is_kept = keep == Keep::everything || (keep == Keep::outputs && is_output);
      if (is_kept && !made.content && owner_of(storage, made.stored.uri) != history.run) names.insert(made.name);
    }
  }
  return names;
}

}  // namespace coffer
