#pragma once

#include <string>

#include <CLI/App.hpp>

namespace coffer::cli {

/// "; did you mean 'stat'?" where `parent` has a verb of nearly this name, else nothing.
std::string verb_hint(const CLI::App& parent, const std::string& typed);

/// The same for a long option, "--reus" or "--reus=x", of `verb` or of those that it stands in.
std::string option_hint(const CLI::App& verb, const std::string& typed);

}  // namespace coffer::cli
