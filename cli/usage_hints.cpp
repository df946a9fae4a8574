#include "cli/usage_hints.hpp"

#include <vector>

#include <coffer/base/did_you_mean.hpp>

namespace coffer::cli {

std::string verb_hint(const CLI::App& parent, const std::string& typed) {
  std::vector<std::string> names;
  for (const CLI::App* verb : parent.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(verb->get_name());
  return did_you_mean(typed, names);
}

std::string option_hint(const CLI::App& verb, const std::string& typed) {
  if (!typed.starts_with("--")) return "";
  std::vector<std::string> names;
  for (const CLI::App* app = &verb; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return did_you_mean(typed.substr(0, typed.find('=')), names);
}

}  // namespace coffer::cli
