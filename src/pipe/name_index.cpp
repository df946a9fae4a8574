#include "pipe/name_index.hpp"

#include <cassert>

namespace coffer {

NameIndex::NameIndex(const Pipeline& pipeline) : pipeline_(pipeline) {
  for (const InputSpec& input : pipeline.inputs()) at(input.name).inputs.push_back(&input);
  for (std::size_t i = 0; i < pipeline.pipes().size(); ++i) {
    for (const ReadSpec& read : pipeline.pipes()[i].reads()) {
      NameUse::Reader reader;
      reader.pipe = i;
      reader.spec = &read;
      at(read.name).readers.push_back(reader);
    }
    for (const WriteSpec& write : pipeline.pipes()[i].writes()) {
      NameUse::Writer writer;
      writer.pipe = i;
      writer.spec = &write;
      at(write.name).writers.push_back(writer);
    }
  }
  for (const OutputSpec& output : pipeline.outputs()) at(output.name).outputs.push_back(&output);
}

NameUse& NameIndex::at(const std::string& name) {
  const auto [place, is_new] = positions_.emplace(name, uses_.size());
  if (is_new) uses_.emplace_back().name = name;
  return uses_[place->second];
}

std::size_t NameIndex::position(const std::string& name) const {
  const auto found = positions_.find(name);
  assert(found != positions_.end());
  return found->second;
}

std::vector<std::size_t> NameIndex::upstream(std::size_t pipe) const {
  std::vector<std::size_t> pipes;
  for (const ReadSpec& read : pipeline_.pipes()[pipe].reads()) {
    for (const NameUse::Writer& writer : use(read.name).writers) pipes.push_back(writer.pipe);
  }
  return pipes;
}

}  // namespace coffer
