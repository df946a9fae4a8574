#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include <coffer/storage/storage.hpp>

#include "pipe/journal_records.hpp"

namespace coffer {

// A run that reads another run's object says so there before it looks at the object: then whoever disposes of the other
// run sees the pin, or the reader sees that it is being disposed of. The Storage and references outlive each task.

/// The run whose name the object bears; nothing where it is outside the active store. Whether there is such a run is
/// another question.
std::optional<std::string> owner_of(const Storage& storage, const Uri& uri);

/// Pins the object for the input `name` of the run `by`, where it is another run's. Error{conflict} where that one is
/// being disposed of.
Task<> co_pin_input(Storage& storage, std::string by, std::string name, Uri uri);

/// The same for the elements of a list: all that their runs have, with one pin for each run.
Task<> co_pin_elements(Storage& storage, std::string by, std::string name, std::vector<Uri> elements);

/// Whether the pin is for the object of this URI. One for a prefix is for all below it.
bool pins_object(const RunPin& pin, const std::string& uri);

/// The pins on what a run has made, but for those of runs that are gone: they need nothing any more.
Task<std::vector<RunPin>> co_pins_that_hold(Storage& storage, std::string run);

/// Takes the pins of a run that has ended, but for those of these names.
Task<> co_unpin_inputs(Storage& storage, std::string by, const RunBegun& begun, std::set<std::string> needed = {});

}  // namespace coffer
