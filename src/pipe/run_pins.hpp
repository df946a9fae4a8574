#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include <coffer/storage/storage.hpp>

#include "pipe/run_history.hpp"

namespace coffer {

// A run that reads another run's object says so there before it looks at the object: then whoever disposes of the other
// run sees the pin, or the reader sees that it is being disposed of. The Storage and references outlive each task.

/// The run whose name the object bears; nothing where it is outside the active store. Whether there is such a run is
/// another question.
std::optional<std::string> owner_of(const Storage& storage, const Uri& uri);

/// The same, where there is such a run.
Task<std::optional<std::string>> co_run_that_owns(Storage& storage, Uri uri);

/// What a run wants to read of others: an object, or a list's own object and its elements.
struct PinWish {
  std::string name;  ///< What the run calls it.
  std::vector<Uri> objects;
  bool is_list = false;
};

/// Pins what is other runs', each of which is looked at once. For each wish nothing, or why it cannot be had, as
/// co_pin_input throws it; what was pinned for other wishes stays so.
Task<std::vector<std::optional<Error>>> co_pin_all(Storage& storage, std::string by, std::vector<PinWish> wishes,
                                                   bool recorded);

/// Pins the object for the input `name` of the run `by`, where it is another run's. Error{conflict} where that one is
/// being disposed of, or removes the object at the end that it is just coming to; of what its journal had (`recorded`)
/// also where it is made again by now.
Task<> co_pin_input(Storage& storage, std::string by, std::string name, Uri uri, bool recorded = false);

/// The same for the elements of a list: all that their runs have, with one pin for each run.
Task<> co_pin_elements(Storage& storage, std::string by, std::string name, std::vector<Uri> elements,
                       bool recorded = false);

/// A pin, by the URI of its object.
struct HeldPin {
  std::string by;
  std::string uri;
};

/// Whether the pin is for the object of this URI. One for a prefix is for all below it.
bool pins_object(const HeldPin& pin, const std::string& uri);

/// The pins on what a run has made, but for those of runs that are gone: they need nothing any more.
Task<std::vector<HeldPin>> co_pins_that_hold(Storage& storage, std::string run);

/// What a run that has ended well took from others and hands out, or keeps: pinned until it is disposed of. What an
/// earlier attempt of it has pinned is not.
std::set<std::string> names_still_needed(const Storage& storage, const RunHistory& history);

}  // namespace coffer
