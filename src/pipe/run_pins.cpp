#include "pipe/run_pins.hpp"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <map>
#include <utility>

#include "pipe/disposal.hpp"
#include "pipe/run_entry.hpp"
#include "pipe/store_place.hpp"

namespace coffer {
namespace {

/// A run's id as the first part of a key.
std::optional<std::string> run_in_key(const std::string& key) {
  std::string first = key.substr(0, key.find('/'));
  if (first.size() == key.size() || !is_run_id(first)) return std::nullopt;
  return first;
}

Task<bool> co_is_there(JournalStore& journals, const std::string& run) {
  const std::vector<std::string> runs = co_await journals.co_runs();
  co_return std::ranges::binary_search(runs, run);
}

/// One pin at one owner, and what it is for.
struct Wanted {
  std::size_t wish = 0;
  RunPin pin;
  std::vector<Uri> objects;
  bool was_pinned = false;
  std::optional<Error> refusal;
};

/// What stays of a run that has ended well.
Task<std::set<std::string>> co_kept(Storage& storage, const RunHistory& history) {
  const Keep keep = history.begun->keep;
  const ElementsThatStay elements = co_await co_elements_that_stay(storage, history, keep);
  std::set<std::string> kept = elements.uris;
  if (keep == Keep::outputs) {
    for (const RunObject& output : history.completed->outputs) kept.insert(output.stored.uri.text());
  }
  co_return kept;
}

bool has_all(const std::set<std::string>& uris, const std::vector<Uri>& objects) {
  return std::ranges::all_of(objects, [&](const Uri& object) { return uris.contains(object.text()); });
}

bool has_any(const std::set<std::string>& uris, const std::vector<Uri>& objects) {
  return std::ranges::any_of(objects, [&](const Uri& object) { return uris.contains(object.text()); });
}

/// Of what is pinned: what the owner is just giving up is refused. `recorded`: also what a run that may still be
/// resumed does not count on, for that is removed when it is.
Task<> co_refuse_what_goes(Storage& storage, const std::string& owner, const RunHistory& history,
                           std::vector<Wanted>& wanted, bool recorded) {
  JournalStore& journals = *storage.journals();
  const bool is_ending = history.completed && !history.is_tidied;
  const bool may_be_outdated = recorded && !history.completed;
  if (!history.disposing && !is_ending && !may_be_outdated) co_return;
  const std::set<std::string> counted_on = uris_of(history);
  // Without one, whoever takes the run from here on sees the pins.
  const std::optional<RunHolder> holder = co_await journals.co_holder(owner);
  std::optional<std::set<std::string>> kept;
  for (Wanted& want : wanted) {
    const bool is_outdated = may_be_outdated && !has_any(counted_on, want.objects);
    if (!history.disposing && !is_ending && !is_outdated) continue;
    // Of one that is being disposed of there may be little left.
    if (!holder && (want.was_pinned || !history.disposing)) continue;
    std::string what = history.disposing ? " is being disposed of" : " makes it again";
    if (!history.disposing && is_ending) {
      if (history.begun->keep == Keep::everything) continue;
      if (!kept) kept = co_await co_kept(storage, history);
      if (has_all(*kept, want.objects)) continue;
      what = " has ended and does not keep it";
    }
    if (!want.was_pinned) co_await journals.co_unpin(owner, want.pin);
    std::string words = "the run " + owner;
    words.append(", which has it,").append(what);
    Uri pinned = storage.providers().active()->uri_of(want.pin.key);
    want.refusal = Error(ErrorKind::conflict, std::move(words)).about(pinned.text());
  }
}

/// Where the owner is a run: pins, then looks whether that was in time.
Task<> co_pin_at(Storage& storage, const std::string& owner, std::vector<Wanted>& wanted, bool recorded) {
  JournalStore& journals = *storage.journals();
  const bool is_run = co_await co_is_there(journals, owner);
  if (!is_run) co_return;
  const std::vector<RunPin> pins = co_await journals.co_pins(owner);
  for (Wanted& want : wanted) {
    want.was_pinned = std::ranges::any_of(pins, [&](const RunPin& other) {
      return other.by == want.pin.by && other.name == want.pin.name && other.key == want.pin.key;
    });
    co_await journals.co_pin(owner, want.pin);
  }
  const Result<RunHistory> history = co_await co_read_history(storage, owner);
  if (!history) co_return;  // Nobody who cannot read it either removes anything.
  if (history->holders.empty()) {
    for (Wanted& want : wanted) want.refusal = Error(ErrorKind::not_found, "there is no run " + owner);
    co_return;
  }
  co_await co_refuse_what_goes(storage, owner, *history, wanted, recorded);
}

/// Whether it says that nothing can be had there, and not that this run fails.
bool is_about_the_other(ErrorKind kind) {
  return kind == ErrorKind::conflict || kind == ErrorKind::not_found || kind == ErrorKind::corrupt ||
         kind == ErrorKind::unsupported;
}

/// The same; where nothing of the owner can be had, all is refused.
Task<> co_try_pin_at(Storage& storage, const std::string& owner, std::vector<Wanted>& wanted, bool recorded) {
  std::exception_ptr failed;
  try {
    co_await co_pin_at(storage, owner, wanted, recorded);
  } catch (...) {
    failed = std::current_exception();
  }
  if (!failed) co_return;
  const Error why = to_error(failed);
  if (!is_about_the_other(why.kind())) std::rethrow_exception(failed);
  for (Wanted& want : wanted) want.refusal = why;
}

Task<> co_pin_or_throw(Storage& storage, std::string by, PinWish wish, bool recorded) {
  std::vector<PinWish> wishes;
  wishes.push_back(std::move(wish));
  const std::vector<std::optional<Error>> refusals =
      co_await co_pin_all(storage, std::move(by), std::move(wishes), recorded);
  if (refusals.front()) throw Error(*refusals.front());
}

}  // namespace

std::optional<std::string> owner_of(const Storage& storage, const Uri& uri) {
  const ProviderPtr& active = storage.providers().active();
  if (!active || !storage.journals() || !uri.is_below(active->root())) return std::nullopt;
  return run_in_key(uri.key_below(active->root()));
}

Task<std::optional<std::string>> co_run_that_owns(Storage& storage, Uri uri) {
  std::optional<std::string> owner;
  if (!storage.providers().active() || !storage.journals()) co_return owner;
  Uri real_root = co_await co_real_root(storage);
  const std::optional<std::string> key = co_await co_key_in_store(storage, std::move(uri), std::move(real_root));
  if (key) owner = run_in_key(*key);
  if (!owner) co_return owner;
  const bool is_run = co_await co_is_there(*storage.journals(), *owner);
  if (!is_run) owner.reset();
  co_return std::move(owner);
}

Task<std::vector<std::optional<Error>>> co_pin_all(Storage& storage, std::string by, std::vector<PinWish> wishes,
                                                   bool recorded) {
  std::vector<std::optional<Error>> refusals(wishes.size());
  if (!storage.providers().active() || !storage.journals()) co_return refusals;
  const Uri root = storage.providers().active()->root();
  const Uri real_root = co_await co_real_root(storage);
  std::map<std::string, std::vector<Wanted>> owners;
  for (std::size_t i = 0; i < wishes.size(); ++i) {
    std::map<std::string, std::vector<Uri>> objects;
    for (const Uri& object : wishes[i].objects) {
      const std::optional<std::string> key = co_await co_key_in_store(storage, object, real_root);
      const std::optional<std::string> owner = key ? run_in_key(*key) : std::nullopt;
      if (owner && *owner != by) objects[*owner].push_back(root.join(*key));
    }
    for (auto& [owner, its] : objects) {
      Wanted& want = owners[owner].emplace_back();
      want.wish = i;
      want.pin.by = by;
      want.pin.name = wishes[i].name;
      want.pin.key = wishes[i].is_list ? prefix_of_run(owner) : its.front().key_below(root);
      want.objects = std::move(its);
    }
  }
  for (auto& [owner, wanted] : owners) {
    co_await co_try_pin_at(storage, owner, wanted, recorded);
    for (Wanted& want : wanted) {
      if (want.refusal) refusals[want.wish] = std::move(want.refusal);
    }
  }
  co_return refusals;
}

Task<> co_pin_input(Storage& storage, std::string by, std::string name, Uri uri, bool recorded) {
  PinWish wish;
  wish.name = std::move(name);
  wish.objects.push_back(std::move(uri));
  co_await co_pin_or_throw(storage, std::move(by), std::move(wish), recorded);
}

Task<> co_pin_elements(Storage& storage, std::string by, std::string name, std::vector<Uri> elements, bool recorded) {
  PinWish wish;
  wish.name = std::move(name);
  wish.objects = std::move(elements);
  wish.is_list = true;
  co_await co_pin_or_throw(storage, std::move(by), std::move(wish), recorded);
}

bool pins_object(const HeldPin& pin, const std::string& uri) {
  return pin.uri == uri || (pin.uri.ends_with('/') && uri.starts_with(pin.uri));
}

Task<std::vector<HeldPin>> co_pins_that_hold(Storage& storage, std::string run) {
  JournalStore& journals = *storage.journals();
  const std::string prefix = prefix_of_run(run);
  const std::vector<RunPin> pins = co_await journals.co_pins(std::move(run));
  const std::vector<std::string> runs = co_await journals.co_runs();
  const Uri root = storage.providers().active()->root();
  std::vector<HeldPin> held;
  for (const RunPin& pin : pins) {
    if (!std::ranges::binary_search(runs, pin.by)) continue;
    // One that names nothing of the run may be for any of it.
    held.push_back(HeldPin{pin.by, root.join(pin.key.starts_with(prefix) ? pin.key : prefix).text()});
  }
  co_return std::move(held);
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
