#include "pipe/name_index.hpp"

#include <cassert>
#include <utility>

namespace coffer {

std::vector<ReadSpec> reads_of_pipeline(const PipeSpec& pipe) {
  if (!pipe.batch()) return pipe.reads();
  ReadSpec list;
  list.name = pipe.batch()->over;
  list.place = pipe.batch()->place;
  std::vector<ReadSpec> reads = {list};
  for (const ReadSpec& read : pipe.reads()) {
    if (read.name != pipe.batch()->item) reads.push_back(read);
  }
  return reads;
}

NameIndex::NameIndex(const Pipeline& pipeline) : pipeline_(pipeline) {
  for (const InputSpec& input : pipeline.inputs()) {
    NameUse& use = at(input.name);
    use.inputs.push_back(&input);
    use.is_list = use.is_list || input.is_list;
  }
  for (std::size_t i = 0; i < pipeline.pipes().size(); ++i) {
    const PipeSpec& pipe = pipeline.pipes()[i];
    bool is_batch = pipe.batch().has_value();
    for (const ReadSpec& read : reads_of_pipeline(pipe)) {
      NameUse::Reader reader;
      reader.pipe = i;
      reader.feed = read.feed;
      reader.place = read.place;
      reader.is_batch = std::exchange(is_batch, false);  // The first one.
      at(read.name).readers.push_back(reader);
    }
    for (const ConditionSpec& condition : pipe.conditions())
      at(condition.name).deciders.push_back(NameUse::Decider{i, condition.place});
    for (const WriteSpec& write : pipe.writes()) {
      NameUse::Writer writer;
      writer.pipe = i;
      writer.spec = &write;
      NameUse& use = at(write.name);
      use.writers.push_back(writer);
      use.is_list = use.is_list || pipe.batch() || write.yield == Yield::folder || write.yield == Yield::list;
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
  const auto add_writers = [&](const std::string& name) {
    for (const NameUse::Writer& writer : use(name).writers) pipes.push_back(writer.pipe);
  };
  const PipeSpec& spec = pipeline_.pipes()[pipe];
  for (const ReadSpec& read : reads_of_pipeline(spec)) add_writers(read.name);
  for (const ConditionSpec& condition : spec.conditions()) add_writers(condition.name);
  return pipes;
}

}  // namespace coffer
