#include <coffer/base/error.hpp>
#include <coffer/pipe/pipe_routines.hpp>

namespace coffer {

PipeRoutines& PipeRoutines::add(PipeSpec pipe) & {
  const auto refused = [&](const std::string& why) {
    return Error(ErrorKind::invalid_argument, "the C++ pipe '" + pipe.name() + "' " + why);
  };
  if (!is_pipeline_name(pipe.name()))
    throw refused("has no such name: a letter or '_', then letters, digits, '_' and '-', at most 64 in all");
  if (!pipe.routine()) throw refused("is no coroutine");
  if (pipe.batch()) throw refused("is a batch: leave it to the pipeline file to say over what");
  std::string name = pipe.name();
  const auto [place, is_new] = pipes_.try_emplace(std::move(name), pipe);
  if (!is_new) throw refused("is there twice");
  return *this;
}

const PipeSpec* PipeRoutines::find(std::string_view name) const noexcept {
  const auto found = pipes_.find(name);
  return found == pipes_.end() ? nullptr : &found->second;
}

std::vector<std::string> PipeRoutines::names() const {
  std::vector<std::string> names;
  names.reserve(pipes_.size());
  for (const auto& [name, pipe] : pipes_) names.push_back(name);
  return names;
}

}  // namespace coffer
