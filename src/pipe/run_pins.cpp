#include "pipe/run_pins.hpp"

#include <algorithm>
#include <set>
#include <utility>

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

/// Where the owner is a run: pins, then looks whether that was in time.
Task<> co_pin(JournalStore& journals, std::string owner, RunPin pin) {
  const bool is_run = co_await co_is_there(journals, owner);
  if (!is_run) co_return;
  const std::vector<RunPin> pins = co_await journals.co_pins(owner);
  const bool was_pinned = std::ranges::any_of(
      pins, [&](const RunPin& other) { return other.by == pin.by && other.name == pin.name && other.uri == pin.uri; });
  co_await journals.co_pin(owner, pin);
  const RunHistory history = co_await co_read_history(journals, owner);
  if (!history.disposing) co_return;
  // What was pinned before that began is left alone; unless it is just now deciding what to leave.
  const std::optional<RunHolder> holder = co_await journals.co_holder(owner);
  if (was_pinned && !holder) co_return;
  const std::string uri = pin.uri;
  if (!was_pinned) co_await journals.co_unpin(owner, std::move(pin));
  throw Error(ErrorKind::conflict, "the run " + owner + ", which has it, is being disposed of").about(uri);
}

/// Of a list, and of what was taken, nobody has written down where all of it lies.
Task<> co_unpin_everywhere(JournalStore& journals, std::string by, std::set<std::string> needed) {
  const std::vector<std::string> runs = co_await journals.co_runs();
  for (const std::string& owner : runs) {
    const std::vector<RunPin> pins = co_await journals.co_pins(owner);
    for (const RunPin& pin : pins) {
      if (pin.by == by && !needed.contains(pin.name)) co_await journals.co_unpin(owner, pin);
    }
  }
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

Task<> co_pin_input(Storage& storage, std::string by, std::string name, Uri uri) {
  const std::optional<std::string> owner = owner_of(storage, uri);
  if (!owner || *owner == by) co_return;
  RunPin pin = pin_of(std::move(by), std::move(name), uri);
  co_await co_pin(*storage.journals(), *owner, std::move(pin));
}

Task<> co_pin_elements(Storage& storage, std::string by, std::string name, std::vector<Uri> elements) {
  std::set<std::string> owners;
  for (const Uri& element : elements) {
    std::optional<std::string> owner = owner_of(storage, element);
    if (owner && *owner != by) owners.insert(std::move(*owner));
  }
  for (const std::string& owner : owners) {
    RunPin pin = pin_of(by, name, storage.providers().active()->uri_of(prefix_of_run(owner)));
    co_await co_pin(*storage.journals(), owner, std::move(pin));
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

Task<> co_unpin_inputs(Storage& storage, std::string by, const RunBegun& begun, std::set<std::string> needed) {
  if (begun.reuse || std::ranges::any_of(begun.inputs, &GivenInput::is_list)) {
    co_await co_unpin_everywhere(*storage.journals(), std::move(by), std::move(needed));
    co_return;
  }
  for (const GivenInput& input : begun.inputs) {
    if (input.is_ingested || input.uri.empty()) continue;
    const Uri uri(input.uri);
    const std::optional<std::string> owner = owner_of(storage, uri);
    if (!owner || *owner == by) continue;
    RunPin pin = pin_of(by, input.name, uri);
    co_await storage.journals()->co_unpin(*owner, std::move(pin));
  }
}

}  // namespace coffer
