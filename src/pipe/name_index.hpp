#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include <coffer/pipe/pipeline.hpp>

namespace coffer {

/// Who writes and who reads one name of a pipeline. Indices are those of Pipeline::pipes().
struct NameUse {
  struct Writer {
    std::size_t pipe = 0;
    const WriteSpec* spec = nullptr;
  };
  struct Reader {
    std::size_t pipe = 0;
    Feed feed = Feed::stream;
    SourcePlace place;
    bool is_batch = false;  // Goes over it.
  };
  struct Decider {
    std::size_t pipe = 0;
    SourcePlace place;
  };

  std::string name;
  std::vector<const InputSpec*> inputs;
  std::vector<Writer> writers;
  std::vector<Reader> readers;
  /// Conditions that look at it.
  std::vector<Decider> deciders;
  std::vector<const OutputSpec*> outputs;

  bool is_list = false;

  bool is_written() const noexcept { return !inputs.empty() || !writers.empty(); }
};

/// What a pipe reads of its pipeline: the list that it goes over, then all that it reads but the list's item.
std::vector<ReadSpec> reads_of_pipeline(const PipeSpec& pipe);

/// All names of a pipeline, in the order in which they first appear. Points into the pipeline, which outlives it.
class NameIndex {
 public:
  explicit NameIndex(const Pipeline& pipeline);

  const std::vector<NameUse>& uses() const noexcept { return uses_; }
  bool contains(const std::string& name) const { return positions_.contains(name); }
  /// The name is one of the pipeline's.
  std::size_t position(const std::string& name) const;
  const NameUse& use(const std::string& name) const { return uses_[position(name)]; }
  /// Pipes that write what this one reads, or what its conditions look at.
  std::vector<std::size_t> upstream(std::size_t pipe) const;

 private:
  NameUse& at(const std::string& name);
  const Pipeline& pipeline_;
  std::vector<NameUse> uses_;
  std::unordered_map<std::string, std::size_t> positions_;
};

}  // namespace coffer
